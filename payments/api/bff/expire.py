"""DELETE /pgm-bff/expire."""

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import ids
from paymenthub.kernel.errors import UnsupportedOperation
from payments.api.asking import asked_by
from payments.api.gateway.follow_ups import ERRORS
from payments.api.gateway.responses import OperationAnswer, operation_answer
from payments.api.hub import examples as hub_examples
from payments.api.schema import Operation, documented
from payments.services.cancel import expire

from .access import SAGA_ID, STAFF, StaffView, saga_id_in, staff_payment


class ExpireView(StaffView):
    """End the wait for a customer."""

    required_scopes = {"DELETE": STAFF}

    @documented(
        Operation(
            id="bff_expire",
            summary="Backoffice: expire",
            description=(
                "Ends a payment that waits for its customer, as `POST /v1/payments/{paymentId}/expire`. Of a subscription "
                "(`sub_…`) it is 501. Refused to calls that carry an Origin."
            ),
            tag="Front end",
            response=OperationAnswer,
            response_examples=hub_examples.EXPIRE_ANSWERS,
            query=(SAGA_ID,),
            errors=ERRORS,
        )
    )
    def delete(self, request: Request) -> Response:
        """Expire it."""
        saga_id = saga_id_in(request)
        if saga_id.startswith(f"{ids.SUBSCRIPTION}_"):
            raise UnsupportedOperation("This hub does not offer subscriptions here.")
        return Response(operation_answer(expire(staff_payment(request, saga_id), asked_by(request))))
