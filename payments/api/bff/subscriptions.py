"""POST /pgm-bff/create and POST /pgm-bff/pay-recurrent: a subscription is created, and its method chosen later."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api.gateway import subscription_examples
from payments.api.gateway.requests import buyer_of
from payments.api.gateway.subscription_requests import StartRequest, read_subscribe
from payments.api.gateway.subscription_responses import SubscriptionResult, subscription_result
from payments.api.http_errors import OutcomeNotKnown
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import PAYERS, caller, request_id
from payments.domain.subscription import RunBy
from payments.selectors.subscription_list import find
from payments.services.results import PayOutcome, Result
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.start import begin, create
from providers.types import Interval

from . import examples
from .access import PageView

_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.DuplicateTransaction,
    errors.WrongState, errors.OperationInProgress, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.UnsupportedOperation, errors.Busy, errors.ProviderUnavailable, OutcomeNotKnown,
)  # fmt: skip
_Code = Annotated[str, Meta(min_length=1, max_length=32, pattern="^[a-z][a-z0-9-]*$", examples=["sandbox"])]


class Created(msgspec.Struct, rename="camel", kw_only=True):
    """The subscription's saga."""

    saga_id: str
    current_state: str


class PayRecurrentBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """By which method a created subscription is paid; how much, and how often, was said when it was created."""

    saga_id: Annotated[str, Meta(min_length=1, max_length=255)]
    provider: _Code
    payment_method: _Code
    provider_data: Annotated[
        dict[str, Any], Meta(description="What the provider needs beyond that. Passed on, never stored.")
    ] = msgspec.field(default_factory=dict)


class CreateView(PageView):
    """Create a subscription."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="bff_create",
            summary="Create a subscription",
            description="Writes a subscription down whose method is chosen by `pay-recurrent`; nothing is asked of anybody. The "
            "body is that of `subscription/start`. The later payments are this hub's (`runBy: hub`) or asked for one by one. Keys "
            "of web pages may not: they would name the price.",
            tag="Front end",
            request=StartRequest,
            response=Created,
            request_examples=examples.CREATE_BODIES,
            response_examples=examples.CREATED,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Create it."""

        def work() -> tuple[Created, bool]:
            row = create(_command(request))
            return Created(saga_id=row.public_id, current_state=row.state), True

        return perform_without_attempt(request, work)


class PayRecurrentView(PageView):
    """Pay the first payment of a created subscription."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="bff_pay_recurrent",
            summary="Pay a created subscription",
            description="Takes the first payment by the method that the customer has chosen, once: a repeated call answers how it "
            "stands.",
            tag="Front end",
            request=PayRecurrentBody,
            response=SubscriptionResult,
            request_examples=examples.PAY_RECURRENT_BODIES,
            response_examples=subscription_examples.RESULTS,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Pay it."""

        def work() -> tuple[SubscriptionResult, bool]:
            body = read(request.data, PayRecurrentBody)
            refuse_card_numbers(body.provider_data, param="providerData")
            key = caller(request)
            told = begin(
                find(project=key.project, mode=key.mode, wire_id=body.saga_id).id,
                provider=body.provider,
                method=body.payment_method,
                provider_data=body.provider_data,
                evidence=f"request:{request_id(request)}",
            )
            if told.payment is None:
                raise errors.WrongState("This subscription has no payment yet.", param="sagaId")
            answer = subscription_result(
                PayOutcome(
                    result=told.result,
                    description=told.description,
                    payment=told.payment,
                    attempt=told.attempt,
                    redirect_url=told.redirect_url,
                    redirect_url_mobile=told.redirect_url_mobile,
                )
            )
            return answer, told.result is not Result.PENDING

        return perform_without_attempt(request, work)


def _command(request: Request) -> SubscribeCommand:
    key, body = caller(request), read_subscribe(request.data, StartRequest)
    info = body.subscription_info
    return SubscribeCommand(
        project=key.project,
        mode=key.mode,
        provider="",
        method="",
        money=Money(body.regular, body.currency),
        first_amount=body.first,
        shop_transaction_id=body.shop_transaction_id,
        shop_subscription_id=body.shop_subscription_id,
        interval=Interval(info.interval),
        interval_count=info.interval_count,
        expires_after=None if info.expires_after is UNSET else info.expires_after,
        ends_on=None if body.expiration_date is UNSET else body.expiration_date,
        trial_end=None if body.trial_end is UNSET else body.trial_end,
        success_redirect_url=body.success_redirect_url,
        failure_redirect_url=body.failure_redirect_url,
        callback_url=body.callback_url,
        description=body.description,
        locale=body.locale,
        buyer=buyer_of(body),
        additional_data=body.additional_data,
        run_by=RunBy(info.run_by),
        evidence=f"request:{request_id(request)}",
    )
