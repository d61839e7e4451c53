"""End a subscription: the saga, the claim, what its PSP must be told; the caller holds its lock and saves the change."""

import datetime as dt
from collections.abc import Mapping

from paymenthub.kernel import clock
from payments.domain.subscription import EndReason, RunBy, Word
from payments.models import Subscription
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from providers import registry
from providers.types import Operation

_WORDS = {
    EndReason.COUNT: Word.EXPIRED,
    EndReason.DATE: Word.EXPIRED,
    EndReason.REQUEST: Word.CANCELED,
    EndReason.PROVIDER: Word.EXPIRED,
    EndReason.DUNNING: Word.ABORTED,
    EndReason.FIRST_PAYMENT: Word.ABORTED,
}
_ABORTS = (EndReason.DUNNING, EndReason.FIRST_PAYMENT)


def end(
    change: SubscriptionChange,
    reason: EndReason,
    *,
    at: dt.datetime,
    psp_knows: bool = False,
    facts: Mapping[str, object] | None = None,
) -> None:
    """End it for good at a moment of its project; `psp_knows`: the news came from there."""
    subscription = change.subscription
    if not saga.advance(change, "abort" if reason in _ABORTS else "expire"):
        return
    subscription.end_reason, subscription.ended_at = reason, at
    subscription.next_due_at, subscription.next_payment_on = None, None
    if subscription.payments_made == 0 and subscription.paid_until_period == 0:
        subscription.claimed_shop_subscription_id = None
    if not psp_knows:
        tell_psp_soon(subscription)
    change.tell(_WORDS[reason], reason=reason.value, **(facts or {}))


def tell_psp_soon(subscription: Subscription) -> None:
    """Have the PSP told that it has ended, or that its kept means of payment is given up, where it can be told."""
    account = subscription.provider_account
    if account is None or not (subscription.token or subscription.run_by == RunBy.PROVIDER):
        return
    if registry.get(account.provider).offers(Operation.SUBSCRIPTION_EXPIRE):
        subscription.psp_end_due_at = clock.now()
