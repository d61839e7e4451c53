"""POST /{provider}/{method}/pay and POST /{provider}/{method}/authorize."""

from dataclasses import replace
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api import examples, idempotent
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.views import PAYERS, HubAPIView, caller, request_id
from payments.idempotency import Claim
from payments.models import CaptureMode
from payments.services.pay import PayCommand, pay
from payments.services.results import PayOutcome

from .requests import PayRequest, buyer_of, read_pay
from .responses import PayResult, pay_result

_ACCOUNT_HEADER = "X-Provider-Account"
_LONGEST_ACCOUNT_NAME = 64
ACCOUNT_HEADERS = ((_ACCOUNT_HEADER, "The name of a provider account, where another than the default one is meant."),)
ERRORS: tuple[type[errors.HubError], ...] = (
    errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.DuplicateTransaction,
    errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable,
    OutcomeNotKnown, errors.UnsupportedOperation, errors.Busy, errors.ProviderUnavailable,
)  # fmt: skip


def account_name_of(request: Request) -> str:
    """Return the name of the provider account that the request asks for; empty for the default one."""
    return request.headers.get(_ACCOUNT_HEADER, "").strip()


def check_account_name(name: str) -> None:
    """Raise InvalidField for what is no name of an account."""
    if len(name) > _LONGEST_ACCOUNT_NAME or not name.isprintable():
        raise errors.InvalidField("This is no name of a provider account.", param=_ACCOUNT_HEADER)


def command_of(request: Request, provider: str, method: str, account_name: str, claim: Claim | None) -> PayCommand:
    """Read and check what is to be paid. Raises InvalidField, or Unprocessable for what looks like a card number."""
    key = caller(request)
    body = read_pay(request.data)
    check_account_name(account_name)
    return PayCommand(
        project=key.project,
        mode=key.mode,
        provider=provider,
        method=method,
        money=Money(body.amount, body.currency),
        shop_transaction_id=body.shop_transaction_id,
        account_name=account_name,
        success_redirect_url=body.success_redirect_url,
        failure_redirect_url=body.failure_redirect_url,
        callback_url=body.callback_url,
        description=body.description,
        locale=body.locale,
        buyer=buyer_of(body),
        additional_data=body.additional_data,
        provider_data=body.provider_data,
        evidence=f"request:{request_id(request)}",
        claim=claim,
    )


class _Paying(HubAPIView):
    """What paying and authorising share."""

    required_scopes = {"POST": PAYERS}
    capture_mode: ClassVar[CaptureMode]

    def ask(self, request: Request, provider: str, method: str) -> Response:
        """Pay or authorise, and answer with one of four words."""
        account_name = account_name_of(request)

        def work(claim: Claim | None) -> PayOutcome:
            command = command_of(request, provider, method, account_name, claim)
            return pay(replace(command, capture_mode=self.capture_mode))

        return idempotent.perform(request, work, pay_result, beside=account_name, say_waiting=pay_result)


class PayView(_Paying):
    """Take money at a provider."""

    capture_mode = CaptureMode.AUTOMATIC

    @documented(
        Operation(
            id="pay",
            summary="Pay",
            description=(
                "Takes money once per `shopTransactionId`: the same id with the same amount, currency, provider and method "
                "answers with the first one's outcome (`Idempotency-Replayed: true`), with other content it is refused "
                "(409 `duplicate_transaction`), and after a final failure it is a new payment. A refusal by the provider "
                "is `KO` with HTTP 200. Unknown fields are ignored; `successRedirect`, `failureRedirect` and "
                "`shopTransactionID` are taken for the names below."
            ),
            tag="Payments",
            request=PayRequest,
            response=PayResult,
            request_examples=examples.PAY_REQUESTS,
            response_examples=examples.PAY_RESULTS,
            headers=ACCOUNT_HEADERS,
            errors=ERRORS,
        )
    )
    def post(self, request: Request, provider: str, method: str) -> Response:
        """Pay."""
        return self.ask(request, provider, method)


class AuthorizeView(_Paying):
    """Hold money at a provider."""

    capture_mode = CaptureMode.MANUAL

    @documented(
        Operation(
            id="authorize",
            summary="Authorise",
            description=(
                "Holds money and takes none: `capture` takes it, `cancel` gives it up. Takes the same as `pay` and follows the "
                "same rules. `OK` means held; the status stays `PENDING` with `metadata.authorized: true` until it is captured. "
                "501 where the provider cannot hold money."
            ),
            tag="Payments",
            request=PayRequest,
            response=PayResult,
            request_examples=examples.PAY_REQUESTS,
            response_examples=examples.AUTHORIZE_RESULTS,
            headers=ACCOUNT_HEADERS,
            errors=ERRORS,
        )
    )
    def post(self, request: Request, provider: str, method: str) -> Response:
        """Authorise."""
        return self.ask(request, provider, method)
