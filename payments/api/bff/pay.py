"""POST /pgm-bff/pay and GET /pgm-bff/pay-polling."""

import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import examples as gateway_examples
from payments.api import idempotent
from payments.api.gateway.responses import PayResult, pay_result
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import request_id
from payments.domain import redirects
from payments.models import Payment
from payments.selectors.attempts import paying_attempt
from payments.services.choose_method import CheckoutOver, TooManyTries, choose
from payments.services.results import Result, result_of, without_attempt

from . import examples
from .access import SAGA_ID, SHOPS_AND_PAGES, TOKEN, PageView, is_page, saga_id_in
from .client import account_offered, client_of, guard_pay
from .fields import SagaId
from .info import FINDING

_ALIASES = {"successRedirectUrl": "successRedirect", "failureRedirectUrl": "failureRedirect"}
_PROVIDER_DATA_BYTES = 64 * 1024
_Code = Annotated[str, Meta(min_length=1, max_length=32, pattern="^[a-z][a-z0-9-]*$", examples=["sandbox"])]
_Url = Annotated[
    str, Meta(max_length=2000, description="http or https. A page may name hosts of the project's list only.")
]


class PayBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """By which method; how much, and for what, the server said when it opened the payment."""

    saga_id: SagaId
    provider: _Code
    payment_method: _Code
    success_redirect: _Url = ""
    failure_redirect: _Url = ""
    provider_data: Annotated[
        dict[str, Any], Meta(description="What the provider needs beyond that; at most 64 KB. Passed on, never stored.")
    ] = msgspec.field(default_factory=dict)


class PayView(PageView):
    """Pay an open payment."""

    required_scopes = {"POST": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_pay",
            summary="Pay an open payment",
            description=(
                "Pays by the method that the customer has chosen. The same choice again is the same session; another one closes "
                "the last one's session first, and while its outcome is not known nothing else is begun (409 "
                "`operation_in_progress`). There is no field for an amount: it is the one that the server opened the payment with."
            ),
            tag="Front end",
            request=PayBody,
            response=PayResult,
            request_examples=examples.PAY_BODIES,
            response_examples=gateway_examples.PAY_RESULTS,
            headers=(TOKEN,),
            errors=(
                *FINDING, errors.MalformedRequest, errors.OperationInProgress, errors.WrongState, CheckoutOver, TooManyTries,
                errors.PayloadTooLarge, errors.UnsupportedMediaType, OutcomeNotKnown, errors.UnsupportedOperation,
                errors.ProviderUnavailable,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Pay."""

        def work() -> tuple[PayResult, bool]:
            body = _read(request)
            payment = self.payment(request, body.saga_id)
            _check_urls(request, payment, body)
            guard_pay(request, payment)
            client = client_of(request)
            account = account_offered(request, payment, provider=body.provider, method=body.payment_method)
            outcome = choose(
                payment.id,
                provider=body.provider,
                method=body.payment_method,
                account_name=account,
                provider_data=body.provider_data,
                redirect_urls={"success": body.success_redirect, "failure": body.failure_redirect},
                client={"country": client.country, "device": client.device},
                evidence=f"request:{request_id(request)}",
            )
            return pay_result(outcome), outcome.result is not Result.PENDING

        return idempotent.perform_without_attempt(request, work)


class PayPollingView(PageView):
    """Tell a page how its payment stands."""

    required_scopes = {"GET": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_pay_polling",
            summary="Ask how a payment stands",
            description="As `pay` answers, as it stands now: for a page that waits. Asks no provider; ask about once in two "
            "seconds, and less often after a while. A payment of which no method was chosen yet is `PENDING`.",
            tag="Front end",
            response=PayResult,
            response_examples=gateway_examples.PAY_RESULTS,
            query=(SAGA_ID,),
            headers=(TOKEN,),
            errors=(*FINDING, errors.ProviderUnavailable),
        )
    )
    def get(self, request: Request) -> Response:
        """Tell it."""
        payment = self.payment(request, saga_id_in(request))
        attempt = paying_attempt(payment.id)
        return Response(pay_result(without_attempt(payment) if attempt is None else result_of(payment, attempt)))


def _read(request: Request) -> PayBody:
    body = read(request.data, PayBody, aliases=_ALIASES)
    if len(json.dumps(body.provider_data, ensure_ascii=False).encode()) > _PROVIDER_DATA_BYTES:
        raise errors.InvalidField(f"At most {_PROVIDER_DATA_BYTES} bytes of JSON.", param="providerData")
    refuse_card_numbers(body.provider_data, param="providerData")
    return body


def _check_urls(request: Request, payment: Payment, body: PayBody) -> None:
    problem = redirects.problem_of_browsers if is_page(request) else redirects.problem_of_servers
    for url, param in ((body.success_redirect, "successRedirect"), (body.failure_redirect, "failureRedirect")):
        wrong = problem(url, payment.project.redirect_hosts) if url else ""
        if wrong:
            raise errors.InvalidField(wrong, param=param)
