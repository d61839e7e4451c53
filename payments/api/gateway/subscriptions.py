"""POST /{provider}/{method}/subscription/schedule, start and pay."""

from collections.abc import Callable

from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api import idempotent
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.views import PAYERS, HubAPIView, caller, request_id
from payments.domain.subscription import RunBy
from payments.idempotency import Claim
from payments.selectors.accounts import only_method
from payments.selectors.subscription_list import find
from payments.services.results import PayOutcome
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.pay import NotDueYet, PayLaterCommand, pay
from payments.services.subscriptions.schedule import schedule
from payments.services.subscriptions.start import SubscriptionOutcome, start
from providers.types import Interval

from . import subscription_examples as examples
from .pay import ACCOUNT_HEADERS, account_name_of, check_account_name
from .requests import buyer_of
from .subscription_requests import (
    StartRequest,
    SubscribeRequest,
    SubscriptionPayRequest,
    read_subscribe,
    read_subscription_pay,
)
from .subscription_responses import SubscriptionResult, subscription_result

_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.DuplicateTransaction,
    errors.WrongState, errors.OperationInProgress, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, OutcomeNotKnown, errors.UnsupportedOperation, errors.Busy, errors.ProviderUnavailable,
)  # fmt: skip
_SAME_RULES = (
    "The same `shopTransactionId` with the same content answers with the first one's outcome; with other content it is 409. "
    "An interval that the provider does not take is 400, which names those it takes. Without a method in the path, the "
    "account's only one is meant."
)


def method_of(request: Request, provider: str, method: str, account_name: str) -> str:
    """Return the path's method; where it has none, the only one of the account. Raises InvalidField where there are several."""
    key = caller(request)
    return method or only_method(project=key.project, mode=key.mode, provider=provider, name=account_name)


def subscribe_command(
    body: SubscribeRequest,
    request: Request,
    *,
    provider: str,
    method: str,
    account_name: str,
    run_by: RunBy,
    claim: Claim | None,
) -> SubscribeCommand:
    """Put a request into the engine's words."""
    key, info = caller(request), body.subscription_info
    return SubscribeCommand(
        project=key.project,
        mode=key.mode,
        provider=provider,
        method=method,
        money=Money(body.regular, body.currency),
        first_amount=body.first,
        shop_transaction_id=body.shop_transaction_id,
        shop_subscription_id=body.shop_subscription_id,
        interval=Interval(info.interval),
        interval_count=info.interval_count,
        expires_after=None if info.expires_after is UNSET else info.expires_after,
        ends_on=None if body.expiration_date is UNSET else body.expiration_date,
        trial_end=None if body.trial_end is UNSET else body.trial_end,
        account_name=account_name,
        success_redirect_url=body.success_redirect_url,
        failure_redirect_url=body.failure_redirect_url,
        callback_url=body.callback_url,
        description=body.description,
        locale=body.locale,
        buyer=buyer_of(body),
        additional_data=body.additional_data,
        provider_data=body.provider_data,
        run_by=run_by,
        evidence=f"request:{request_id(request)}",
        claim=claim,
    )


class ScheduleView(HubAPIView):
    """Have the provider charge by itself."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="subscription_schedule",
            summary="Schedule a subscription that the provider runs",
            description="The provider charges by itself at each interval; every charge becomes a payment here, once "
            f"(`{{shopTransactionId}}-{{n}}`). 501 where it cannot. {_SAME_RULES}",
            tag="Subscriptions",
            request=SubscribeRequest,
            response=SubscriptionResult,
            request_examples=examples.SUBSCRIBE_REQUESTS,
            response_examples=examples.RESULTS,
            headers=ACCOUNT_HEADERS,
            errors=_ERRORS,
            in_two_ways=True,
        )
    )
    def post(self, request: Request, provider: str, method: str = "") -> Response:
        """Schedule."""
        account_name = account_name_of(request)

        def work(claim: Claim | None) -> SubscriptionOutcome:
            body = read_subscribe(request.data, SubscribeRequest)
            check_account_name(account_name)
            chosen = method_of(request, provider, method, account_name)
            return schedule(
                subscribe_command(
                    body,
                    request,
                    provider=provider,
                    method=chosen,
                    account_name=account_name,
                    run_by=RunBy.PROVIDER,
                    claim=claim,
                )
            )

        return _perform(request, work, account_name)


class StartView(HubAPIView):
    """Take the first payment of a subscription that the merchant runs."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="subscription_start",
            summary="Start a subscription that the merchant runs",
            description="Takes the first payment and has the provider keep its means. Later payments are asked for by "
            "`subscription/pay`, or made by this hub where `subscriptionInfo.runBy` is `hub`. `amount` 0 takes nothing today "
            f"and only keeps the means. {_SAME_RULES}",
            tag="Subscriptions",
            request=StartRequest,
            response=SubscriptionResult,
            request_examples=examples.SUBSCRIBE_REQUESTS,
            response_examples=examples.RESULTS,
            headers=ACCOUNT_HEADERS,
            errors=_ERRORS,
            in_two_ways=True,
        )
    )
    def post(self, request: Request, provider: str, method: str = "") -> Response:
        """Start."""
        account_name = account_name_of(request)

        def work(claim: Claim | None) -> SubscriptionOutcome:
            body = read_subscribe(request.data, StartRequest)
            check_account_name(account_name)
            chosen = method_of(request, provider, method, account_name)
            return start(
                subscribe_command(
                    body,
                    request,
                    provider=provider,
                    method=chosen,
                    account_name=account_name,
                    run_by=RunBy(body.subscription_info.run_by),
                    claim=claim,
                )
            )

        return _perform(request, work, account_name)


class SubscriptionPayView(HubAPIView):
    """Take a later payment of a subscription that the merchant runs."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="subscription_pay",
            summary="Charge a subscription that the merchant runs",
            description="Charges the kept means of payment without the customer, once per `shopTransactionId`. One that "
            "has ended, is paused, or whose last payment is not decided yet is 409; so is one that this hub charges before its day "
            "(`not_due_yet`). One that the provider charges is 501. "
            "`authentication_required` means that the customer must pay once more: send them to `customerUrl` of "
            "GET /v1/subscriptions/{id}.",
            tag="Subscriptions",
            request=SubscriptionPayRequest,
            response=SubscriptionResult,
            request_examples=examples.PAY_REQUESTS,
            response_examples=examples.RESULTS,
            errors=(*_ERRORS, NotDueYet),
            in_two_ways=True,
        )
    )
    def post(self, request: Request, provider: str, method: str = "") -> Response:
        """Charge."""

        def work(claim: Claim | None) -> SubscriptionOutcome:
            body = read_subscription_pay(request.data)
            key = caller(request)
            token = body.subscription_info.token
            subscription = find(project=key.project, mode=key.mode, provider=provider, wire_id=token)
            if method and method != subscription.method:
                raise errors.NotFound("There is no such subscription with this method.", param="method")
            return pay(
                PayLaterCommand(
                    subscription_id=subscription.id,
                    money=Money(body.amount, body.currency),
                    shop_transaction_id=body.shop_transaction_id,
                    provider_data=body.provider_data,
                    evidence=f"request:{request_id(request)}",
                    claim=claim,
                )
            )

        return _perform(request, work)


def _perform(request: Request, work: Callable[[Claim | None], SubscriptionOutcome], beside: object = None) -> Response:
    def as_payment(claim: Claim | None) -> PayOutcome:
        told = work(claim)
        if told.payment is None:
            raise errors.WrongState("This subscription has no payment yet.", param="subscriptionToken")
        return PayOutcome(
            result=told.result,
            description=told.description,
            payment=told.payment,
            attempt=told.attempt,
            redirect_url=told.redirect_url,
            redirect_url_mobile=told.redirect_url_mobile,
            replayed=told.replayed,
        )

    return idempotent.perform(request, as_payment, subscription_result, beside=beside, say_waiting=subscription_result)
