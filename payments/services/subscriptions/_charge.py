"""Write down the payment of one period, with the attempt that is to bring its money, under the subscription's lock."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from paymenthub.kernel import clock
from paymenthub.kernel.errors import InvalidField
from payments.attempts import requests
from payments.domain.subscription import PeriodState, RunBy
from payments.models import Attempt, Payment, PaymentType, ProviderAccount, Subscription, SubscriptionPeriod
from payments.saga import advance as saga
from payments.saga import commands
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange
from payments.services.ordering import ordered_attempt
from providers import registry
from providers.errors import InvalidProviderData
from providers.types import Operation

FIRST_EVENT = {
    RunBy.PROVIDER: "subscriptionScheduledRequested",
    RunBy.HUB: "subscriptionStart",
    RunBy.SHOP: "subscriptionStart",
}
LATER_EVENT = "subscriptionPaymentRequested"


def transaction_id(subscription: Subscription, period: int) -> str:
    """Name the payment of a period to the shop: the first one as the shop did, later ones with their number."""
    base = subscription.shop_transaction_id
    return base if period == 1 else f"{base}-{period}"


def first_amount(subscription: Subscription) -> int:
    """Return what the first payment costs, in minor units."""
    return subscription.amount if subscription.first_amount is None else subscription.first_amount


def idempotency_key(subscription: Subscription, period: int, step: int) -> str:
    """Return the PSP's key of one try of one period: whoever makes it, and however often, it is the same."""
    return f"ph-{subscription.id.hex}-{period}-{step}"


def account_of(subscription: Subscription) -> ProviderAccount:
    """Return the account that charges it. Raises InvalidField where its method was not chosen yet."""
    if subscription.provider_account is None:
        raise InvalidField("No payment method was chosen for this subscription yet.", param="paymentMethod")
    return subscription.provider_account


def open_period(
    change: SubscriptionChange, number: int, *, due_on: dt.date, amount: int, step: int = 0
) -> SubscriptionPeriod:
    """Begin a period, or another try of it; the caller saves the change."""
    subscription = change.subscription
    subscription.period, subscription.dunning_step = number, step
    subscription.next_due_at = None
    known = subscription.periods.filter(number=number).first() if step else None
    if known is None:
        period = SubscriptionPeriod(
            project_id=subscription.project_id,
            subscription=subscription,
            number=number,
            due_on=due_on,
            amount=amount,
            currency=subscription.currency,
        )
        change.new_periods.append(period)
        return period
    known.state, known.dunning_step, known.retry_at = PeriodState.OPEN, step, None
    change.changed_periods.append(known)
    return known


def new_payment(
    subscription: Subscription,
    period: int | None,
    amount: int,
    *,
    account: ProviderAccount | None,
    method: str,
    shop_transaction_id: str,
) -> Payment:
    """Make a payment of a subscription, not saved; without a period it pays for none (another method is set up)."""
    return Payment(
        created_at=clock.now(),
        project=subscription.project,
        mode=subscription.mode,
        type=PaymentType.SUBSCRIPTION,
        shop_transaction_id=shop_transaction_id,
        claimed_shop_transaction_id=shop_transaction_id,
        subscription=subscription,
        subscription_period=period,
        amount=amount,
        currency=subscription.currency,
        provider="" if account is None else account.provider,
        method=method,
        provider_account=account,
        description=subscription.description,
        locale=subscription.locale,
        buyer=dict(subscription.buyer),
        additional_data=dict(subscription.additional_data) | {"subscriptionId": subscription.public_id},
        success_redirect_url=subscription.success_redirect_url,
        failure_redirect_url=subscription.failure_redirect_url,
        callback_url=subscription.callback_url,
    )


def order_charge(
    change: Change, account: ProviderAccount, event: str, *, key: str = "", data: Mapping[str, Any], leased: bool
) -> Attempt:
    """Feed a new payment's saga the event that commands its charge, and note what exactly will be sent.

    Raises UnsupportedOperation where its machine commands nothing, InvalidField for providerData that the PSP would not
    take. `leased`: this process sends it; else whoever takes the READY attempt first.
    """
    payment = change.payment
    order = commands.Order(
        account=account,
        money=payment.money,
        method=payment.method,
        lease_seconds=settings.ATTEMPT_LEASE if leased else None,
        has_provider_data=bool(data),
        idempotency_key=key,
    )
    saga.create(change)
    saga.advance(change, [event], order=order)
    attempt = ordered_attempt(change)
    note_request(payment, attempt, account, data)
    return attempt


def note_request(payment: Payment, attempt: Attempt, account: ProviderAccount, data: Mapping[str, Any]) -> None:
    """Let the driver look at the request before anything is stored, and note what exactly will be sent.

    Raises InvalidField for providerData that the PSP would not take.
    """
    request = requests.subscription_request(payment, attempt, account, data)
    try:
        registry.get(account.provider).check_subscription(request, Operation(attempt.kind))
    except InvalidProviderData as error:
        raise InvalidField(error.message, param=f"providerData.{error.param}") from None
    attempt.request_digest = requests.digest(request)
