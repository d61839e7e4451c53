"""POST /{provider}/capture, POST /{provider}/cancel and POST /{provider}/refund."""

from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api import examples, idempotent
from payments.api.asking import asked_by
from payments.api.fields import check_currency_of
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.views import PAYERS, HubAPIView, caller
from payments.idempotency import Claim
from payments.models import Payment
from payments.selectors.payments import find
from payments.services.cancel import cancel
from payments.services.capture import CaptureCommand, OverCapture, capture
from payments.services.refund import AfterChargeback, OverRefund, RefundCommand, refund
from payments.services.results import OperationResult

from .follow_up_requests import CancelRequest, CaptureRequest, RefundRequest, read_cancel, read_capture, read_refund
from .responses import OperationAnswer, operation_answer

ERRORS: tuple[type[errors.HubError], ...] = (
    errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState,
    errors.OperationInProgress, errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable,
    OutcomeNotKnown, errors.UnsupportedOperation, errors.Busy, errors.ProviderUnavailable,
)  # fmt: skip
"""What any operation on a payment may meet."""


class CaptureView(HubAPIView):
    """Take held money."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="capture",
            summary="Capture held money",
            description=(
                "Takes all that is held, or `amount` of it. `final: true` (the default) gives up what is left; `final: false` "
                "keeps it for more captures, where the provider allows several. More than is held is 409 `over_capture`, a "
                "payment that holds nothing 409 `wrong_state`, both with the amounts and nothing sent. Without an "
                "Idempotency-Key, an equal capture within a minute answers with the first one's outcome."
            ),
            tag="Payments",
            request=CaptureRequest,
            response=OperationAnswer,
            request_examples=examples.CAPTURE_REQUESTS,
            response_examples=examples.CAPTURE_ANSWERS,
            errors=(*ERRORS, OverCapture),
        )
    )
    def post(self, request: Request, provider: str) -> Response:
        """Capture."""

        def work(claim: Claim | None) -> OperationResult:
            body = read_capture(request.data)
            payment = _payment(request, provider, body.payment_id)
            check_currency_of(payment, body.currency)
            amount = None if body.amount is UNSET else body.amount
            command = CaptureCommand(payment, amount, body.currency, body.final)
            return capture(command, asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


class CancelView(HubAPIView):
    """Give up held money."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="cancel",
            summary="Cancel",
            description=(
                "Gives up what is held and not captured, or closes the session of a payment that nobody has paid yet. `KO` "
                "means that the provider would not: most likely the customer has just paid, so read the status. A payment that "
                "holds nothing and waits for nobody is 409 `wrong_state`; captured money goes back by `refund`."
            ),
            tag="Payments",
            request=CancelRequest,
            response=OperationAnswer,
            request_examples=examples.CANCEL_REQUESTS,
            response_examples=examples.CANCEL_ANSWERS,
            errors=ERRORS,
        )
    )
    def post(self, request: Request, provider: str) -> Response:
        """Cancel."""

        def work(claim: Claim | None) -> OperationResult:
            body = read_cancel(request.data)
            return cancel(_payment(request, provider, body.payment_id), asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


class RefundView(HubAPIView):
    """Give money back."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="refund",
            summary="Refund",
            description=(
                "Gives `amount` back, once or in parts, up to what was captured. More than is left is 422 `over_refund`, with "
                "`details.refundable`. `PENDING` keeps the amount reserved until the provider has said yes or no; the callback "
                "tells. Without an Idempotency-Key, an equal refund within a minute answers with the first one's outcome."
            ),
            tag="Payments",
            request=RefundRequest,
            response=OperationAnswer,
            request_examples=examples.REFUND_REQUESTS,
            response_examples=examples.REFUND_ANSWERS,
            errors=(*ERRORS, OverRefund, AfterChargeback),
        )
    )
    def post(self, request: Request, provider: str) -> Response:
        """Refund."""

        def work(claim: Claim | None) -> OperationResult:
            body = read_refund(request.data)
            payment = _payment(request, provider, body.payment_id)
            command = RefundCommand(payment, Money(body.amount, body.currency), reason=body.reason)
            return refund(command, asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


def _payment(request: Request, provider: str, wire_id: str) -> Payment:
    key = caller(request)
    return find(project=key.project, mode=key.mode, provider=provider, wire_id=wire_id)
