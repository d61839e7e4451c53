"""DELETE /pgm-bff/expire."""

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import ids
from payments.api.asking import asked_by
from payments.api.gateway.follow_ups import ERRORS
from payments.api.gateway.responses import OperationAnswer, operation_answer
from payments.api.gateway.subscription_responses import changed
from payments.api.hub import examples as hub_examples
from payments.api.schema import Operation, documented
from payments.api.views import caller
from payments.selectors.subscription_list import find
from payments.services.cancel import expire
from payments.services.subscriptions.cancel import cancel

from .access import SAGA_ID, STAFF, StaffView, saga_id_in, staff_payment


class ExpireView(StaffView):
    """End the wait for a customer."""

    required_scopes = {"DELETE": STAFF}

    @documented(
        Operation(
            id="bff_expire",
            summary="Backoffice: expire",
            description=(
                "Ends a payment that waits for its customer, as `POST /v1/payments/{paymentId}/expire`. A subscription "
                "(`sub_…`) ends on the day of its next renewal, answered as `DELETE …/subscription/expire` is. Refused to calls "
                "that carry an Origin."
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
            key = caller(request)
            found = find(project=key.project, mode=key.mode, wire_id=saga_id)
            return Response(changed(cancel(found.id, by=asked_by(request)), "Ends on the day of the next renewal."))
        return Response(operation_answer(expire(staff_payment(request, saga_id), asked_by(request))))
