"""GET /{provider}/status and GET /{provider}/check."""

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import examples
from payments.api.schema import Operation, Query, documented
from payments.api.views import READERS, HubAPIView, caller, request_id
from payments.models import Payment
from payments.selectors.payments import find
from payments.selectors.status import status_object
from payments.services.status import check, read_status

from .responses import PaymentStatus

_NAMES = ("paymentId", "paymentID")
_LONGEST = 255
_QUERY = (Query("paymentId", "The provider's id of the payment, or ours (`pay_…`).", "sp_1Q2", required=True),)
_ERRORS = (errors.InvalidField, errors.NotFound, errors.Conflict, errors.Busy)


class StatusView(HubAPIView):
    """Read how a payment stands."""

    required_scopes = {"GET": READERS}

    @documented(
        Operation(
            id="status",
            summary="Read a payment's status",
            description="Asks the provider first where the payment is not decided yet. A provider that does not answer leaves it "
            "`PENDING`: what is not known is never called failed.",
            tag="Payments",
            response=PaymentStatus,
            response_examples=examples.STATUSES,
            query=_QUERY,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request, provider: str) -> Response:
        """Read the status."""
        payment = read_status(_asked_for(request, provider), evidence=f"request:{request_id(request)}")
        return Response(status_object(payment))


class CheckView(HubAPIView):
    """Read how a payment stands and have its callback sent again."""

    required_scopes = {"GET": READERS}

    @documented(
        Operation(
            id="check",
            summary="Read a payment's status and send its callback again",
            description="Like `status`, and the same object is posted to the callback address too, also when nothing changed. For "
            "an order system that may have missed a callback.",
            tag="Payments",
            response=PaymentStatus,
            response_examples=examples.STATUSES,
            query=_QUERY,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request, provider: str) -> Response:
        """Read the status, and push it."""
        payment = check(_asked_for(request, provider), evidence=f"request:{request_id(request)}")
        return Response(status_object(payment))


def _asked_for(request: Request, provider: str) -> Payment:
    given = {value for name in _NAMES for value in request.query_params.getlist(name)}
    if len(given) > 1:
        raise errors.InvalidField("One payment at a time.", param="paymentId")
    wire_id = given.pop().strip() if given else ""
    if not wire_id:
        raise errors.InvalidField("This query parameter is required.", param="paymentId")
    if len(wire_id) > _LONGEST or not wire_id.isprintable():
        raise errors.InvalidField("This cannot be the id of a payment.", param="paymentId")
    key = caller(request)
    return find(project=key.project, mode=key.mode, provider=provider, wire_id=wire_id)
