"""POST /{provider}/pay-by-link, with and without a method."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api import idempotent
from payments.api.schema import Operation, documented
from payments.api.views import PAYERS, HubAPIView
from payments.idempotency import Claim
from payments.services.pay_by_link import link_of, pay_by_link
from payments.services.results import PayOutcome

from . import link_examples
from .pay import ACCOUNT_HEADERS, ERRORS, account_name_of, command_of
from .requests import PayRequest
from .responses import OperationWord, PaymentId


class LinkResult(msgspec.Struct, rename="camel", kw_only=True):
    """How the making of a link went. `result` and `resultCode` say the same: both names are published."""

    result: Annotated[
        OperationWord,
        Meta(
            description="OK: `link` is there; KO: there is none; PENDING: asked for and not known yet, never repeated."
        ),
    ]
    result_code: OperationWord
    result_description: str
    payment_id: PaymentId
    link: Annotated[str, Meta(description="Where the customer pays.")] | UnsetType = UNSET
    metadata: Annotated[dict[str, str], Meta(description="Holds `hubPaymentId` and `state`.")]


def link_result(outcome: PayOutcome) -> LinkResult:
    """Put an outcome into the published words."""
    made = link_of(outcome)
    word = OperationWord(made.result.value)
    return LinkResult(
        result=word,
        result_code=word,
        result_description=made.description,
        payment_id=made.payment.wire_id,
        link=made.link or UNSET,
        metadata={"hubPaymentId": made.payment.public_id, "state": made.payment.state},
    )


_DESCRIPTION = (
    "Has the provider make a link by which the customer pays later. Takes the same as `pay`, once per "
    "`shopTransactionId`: the same content answers with the same link. Without a method the link offers every "
    "method of the provider's account. `PENDING` means that the provider has not answered: it is asked, and "
    "the same request tells the link once it is known. That it was paid comes by callback. 501 where the "
    "provider has no links: `POST /v1/payment-links` works for each."
)


def _operation(id: str, summary: str) -> Operation:
    return Operation(
        id=id,
        summary=summary,
        description=_DESCRIPTION,
        tag="Payments",
        request=PayRequest,
        response=LinkResult,
        request_examples=link_examples.REQUESTS,
        response_examples=link_examples.RESULTS,
        headers=ACCOUNT_HEADERS,
        errors=ERRORS,
    )


class _ByLink(HubAPIView):
    """What links with and without a method share."""

    required_scopes = {"POST": PAYERS}

    def ask(self, request: Request, provider: str, method: str) -> Response:
        """Have the link made."""
        account_name = account_name_of(request)

        def work(claim: Claim | None) -> PayOutcome:
            return pay_by_link(command_of(request, provider, method, account_name, claim))

        return idempotent.perform(request, work, link_result, beside=account_name, say_waiting=link_result)


class PayByLinkView(_ByLink):
    """Have a provider make a link that offers all its methods."""

    @documented(_operation("pay_by_link", "Pay by link"))
    def post(self, request: Request, provider: str) -> Response:
        """Make the link."""
        return self.ask(request, provider, "")


class PayByLinkOfMethodView(_ByLink):
    """Have a provider make a link of one method."""

    @documented(_operation("pay_by_link_of_method", "Pay by link, with one method"))
    def post(self, request: Request, provider: str, method: str) -> Response:
        """Make the link."""
        return self.ask(request, provider, method)
