"""A shop with subscriptions at the scripted PSP, which keeps a ledger by its idempotency keys as a real one does."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import OutboxEvent, Project, Subscription
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.renew import renew
from payments.services.subscriptions.start import start
from providers.port import Call
from providers.types import (
    Decline,
    DeclineReason,
    Interval,
    Outcome,
    Reference,
    Subject,
    SubscriptionCharge,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)
from tests.scripted import Script

TOKEN = "tok_kept"
JANUARY = dt.datetime(2027, 1, 31, 9, 30, tzinfo=dt.UTC)


@dataclass
class Psp:
    """Charges once per key. `declines`: what it says next, one each; None or none left: yes."""

    charges: dict[str, int] = field(default_factory=dict)
    declines: list[Decline | None] = field(default_factory=list)
    calls: int = 0

    def __call__(self, call: Call, request: SubscriptionRequest) -> Verdict:
        self.calls += 1
        assert request.pay is not None
        key, money = call.idempotency_key, request.pay.money
        id = f"psp_{key}"
        if key not in self.charges:
            decline = self.declines.pop(0) if self.declines else None
            if decline is not None:
                return said(Outcome.DECLINED, money, id=id, decline=decline)
            self.charges[key] = money.amount
        return said(Outcome.SUCCEEDED, money, id=id)

    def fetched(self, call: Call, request: Any) -> Any:
        """What it shows when it is asked about a key."""
        key = call.idempotency_key
        if key in self.charges:
            return said(Outcome.SUCCEEDED, request.money, id=f"psp_{key}")
        return Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)


def said(outcome: Outcome, money: Money, *, id: str, token: str = TOKEN, **over: Any) -> Verdict:
    state = SubscriptionState(token, SubscriptionStatus.ACTIVE)
    return Verdict(Subject.PAYMENT, outcome, money, references=(Reference("payment", id),), subscription=state, **over)


def opened(script: Script) -> Psp:
    psp = Psp()
    script.start, script.charge, script.fetch = [psp], [psp], [psp.fetched]
    script.subscription = [Verdict(Subject.SUBSCRIPTION, Outcome.CANCELLED)]
    return psp


def soft() -> Decline:
    return Decline(DeclineReason.INSUFFICIENT_FUNDS, code="51")


def hard() -> Decline:
    return Decline(DeclineReason.STOLEN_CARD, code="43", may_retry=False)


def wants_customer() -> Decline:
    return Decline(DeclineReason.AUTHENTICATION_REQUIRED, code="1A")


def command(project: Project, **over: Any) -> SubscribeCommand:
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "provider": "scripted",
        "method": "credit-cards",
        "money": Money(990, "EUR"),
        "shop_transaction_id": f"sub-{ids.new_uuid().hex[-12:]}",
        "interval": Interval.MONTH,
        "run_by": RunBy.HUB,
    }
    return SubscribeCommand(**fields | over)


def subscribed(project: Project, **over: Any) -> Subscription:
    """A subscription whose first payment went well (or as the PSP says)."""
    return Subscription.objects.get(pk=start(command(project, **over)).subscription.pk)


def fresh(subscription: Subscription) -> Subscription:
    return Subscription.objects.select_related("project", "provider_account").get(pk=subscription.pk)


def renewed(subscription: Subscription) -> Subscription:
    renew(subscription.id)
    return fresh(subscription)


def at(year: int, month: int, day: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def told(subscription: Subscription) -> list[str]:
    """The events of a subscription, without the word `subscription.`."""
    events = OutboxEvent.objects.filter(subscription=subscription).order_by("sequence")
    return [event.type.removeprefix("subscription.") for event in events]


def charge(
    money: Money, *, id: str, outcome: Outcome = Outcome.SUCCEEDED, sequence: int = 0, token: str = TOKEN, **over: Any
) -> Verdict:
    """What a PSP tells of a charge that it made by itself."""
    return Verdict(
        Subject.PAYMENT,
        outcome,
        money,
        references=(Reference("payment", f"pay_{id}"),),
        charge=SubscriptionCharge(token, id, sequence=sequence),
        **over,
    )
