"""POST /{provider}/{method}/pay."""

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api import examples
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.views import PAYERS, HubAPIView, caller, request_id
from payments.services.pay import PayCommand, pay

from .requests import PayRequest, buyer_of, read_pay
from .responses import PayResult, pay_result

_ACCOUNT_HEADER = "X-Provider-Account"
_LONGEST_ACCOUNT_NAME = 64


class PayView(HubAPIView):
    """Take money at a provider."""

    required_scopes = {"POST": PAYERS}

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
            headers=((_ACCOUNT_HEADER, "The name of a provider account, where another than the default one is meant."),),
            answer_headers=(("Idempotency-Replayed", "`true` where this is an earlier request's outcome."),),
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.DuplicateTransaction,
                errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable,
                OutcomeNotKnown, errors.UnsupportedOperation, errors.Busy, errors.ProviderUnavailable,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request, provider: str, method: str) -> Response:
        """Pay, and answer with one of four words."""
        key = caller(request)
        body = read_pay(request.data)
        account_name = request.headers.get(_ACCOUNT_HEADER, "").strip()
        if len(account_name) > _LONGEST_ACCOUNT_NAME or not account_name.isprintable():
            raise errors.InvalidField("This is no name of a provider account.", param=_ACCOUNT_HEADER)
        outcome = pay(
            PayCommand(
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
            )
        )
        headers = {"Idempotency-Replayed": "true"} if outcome.replayed else {}
        return Response(pay_result(outcome), headers=headers)
