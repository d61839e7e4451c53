"""Demo subscriptions: each is begun by a payment and renewed by later ones, month by month."""

import datetime as dt
import heapq
import random
from dataclasses import dataclass

from django.db import connection

from payments import models as tables
from payments.domain import calendar
from payments.domain.attempt import AttemptKind
from payments.domain.machine import Machine
from payments.domain.subscription import EndReason
from payments.models import Source
from providers.types import Interval

from .draft import HOUR, Draft, Ids, way
from .standing import Place
from .stories import failed, paid
from .writing import NULL, Portion, at

_UTC_EPOCH = dt.date(1970, 1, 1)
_RENEWED_AT = 6 * HOUR
_DAY_MS = 24 * HOUR


_FINISH = """
UPDATE payments_subscription
   SET state = %s, business_state = %s, period = %s, paid_until_period = %s, payments_made = %s, charged_on = %s,
       next_payment_on = %s, ended_at = %s, end_reason = %s,
       claimed_shop_subscription_id = CASE WHEN %s = 0 THEN NULL ELSE claimed_shop_subscription_id END
 WHERE id = %s
"""


@dataclass(slots=True)
class Agreement:
    """A subscription as far as it got."""

    id: str
    place: Place
    amount: int
    currency: str
    begun: dt.date
    last: int
    ended_at: int = 0
    end_reason: str = ""
    paid: int = 0
    state: str = ""
    business_state: int = 0
    transitions: int = 0


class Subscriptions:
    """Those that run; `due` gives the next one to renew."""

    def __init__(self, portion: Portion, ids: Ids, machine: Machine) -> None:
        self._lines, self._ids, self._machine = portion.lines, ids, machine
        self._waiting: list[tuple[int, str, Agreement]] = []
        self.ended: list[Agreement] = []

    def due(self, moment: int) -> Agreement | None:
        """Take the one whose renewal is due longest; None where none is."""
        if self._waiting and self._waiting[0][0] <= moment:
            return heapq.heappop(self._waiting)[2]
        return None

    def begin(self, draft: Draft, dice: random.Random) -> None:
        """Begin one with a payment; a first payment that is declined ends it."""
        begun = _UTC_EPOCH + dt.timedelta(days=draft.created // _DAY_MS)
        agreement = Agreement(
            self._ids.at(draft.created),
            draft.place,
            draft.amount,
            draft.currency,
            begun,
            last=dice.choice((3, 6, 12, 12, 24, 36)),
        )
        self._write(agreement, draft)
        self._pay(agreement, draft, dice, AttemptKind.SUBSCRIPTION_START, "subscriptionStart", "start")

    def renew(self, agreement: Agreement, draft: Draft, dice: random.Random) -> None:
        """Charge the next period."""
        event = "subscriptionPaymentRequested"
        self._pay(agreement, draft, dice, AttemptKind.SUBSCRIPTION_PAY, event, "scheduleNextPayment")

    def finish(self) -> int:
        """Write over each row how far it got; return how many there are. Nothing is due: no worker renews them."""
        everyone = [*self.ended, *(agreement for _, _, agreement in self._waiting)]
        with connection.cursor() as cursor:
            cursor.executemany(_FINISH, [_end_of(agreement) for agreement in everyone])
        return len(everyone)

    def _pay(
        self, agreement: Agreement, draft: Draft, dice: random.Random, kind: AttemptKind, asked: str, event: str
    ) -> None:
        number = agreement.paid + 1
        draft.type, draft.subscription, draft.period = "SUBSCRIPTION", agreement.id, str(number)
        due = _date(agreement, number)
        self._take(agreement, draft, event)
        if dice.random() < (0.1 if number == 1 else 0.025):
            reason = failed(draft, dice, kind, asked)
            self._period(agreement, draft, due, "failed", reason)
            self._take(agreement, draft, "paymentFailed")
            self._end(agreement, draft, EndReason.DUNNING if agreement.paid else EndReason.FIRST_PAYMENT)
            return
        paid(draft, dice, kind, asked)
        agreement.paid = number
        self._period(agreement, draft, due, "paid", "")
        self._take(agreement, draft, "paymentExecuted")
        if number >= agreement.last:
            self._end(agreement, draft, EndReason.COUNT)
            return
        upcoming = (_date(agreement, number + 1) - _UTC_EPOCH).days * _DAY_MS + _RENEWED_AT
        heapq.heappush(self._waiting, (upcoming, agreement.id, agreement))

    def _end(self, agreement: Agreement, draft: Draft, reason: EndReason) -> None:
        self._take(agreement, draft, "expire")
        agreement.ended_at, agreement.end_reason = draft.now, reason.value
        self.ended.append(agreement)

    def _take(self, agreement: Agreement, draft: Draft, event: str) -> None:
        decision = way(self._machine, agreement.state, event)
        before, agreement.state = agreement.state, decision.to_state
        agreement.business_state = decision.business_state_id
        business_event = NULL if decision.business_event_id is None else str(decision.business_event_id)
        self._record(agreement, draft, event, before, business_event)

    def _record(self, agreement: Agreement, draft: Draft, event: str, before: str, business_event: str) -> None:
        agreement.transitions += 1
        self._lines[tables.SubscriptionTransition].append(
            f"{self._ids.at(draft.now)}\t{at(draft.now)}\t{draft.place.project_id}\t{agreement.id}\t"
            f"{agreement.transitions}\t{event}\t{before}\t{agreement.state}\t{agreement.business_state}\t{business_event}\t"
            f"{Source.SYSTEM.value}"
        )

    def _period(self, agreement: Agreement, draft: Draft, due: dt.date, state: str, reason: str) -> None:
        self._lines[tables.SubscriptionPeriod].append(
            f"{self._ids.at(draft.now)}\t{at(draft.created)}\t{draft.place.project_id}\t{agreement.id}\t{draft.period}\t"
            f"{due.isoformat()}\t{draft.amount}\t{draft.currency}\t{state}\t{draft.id}\t{reason}\t{at(draft.now)}"
        )

    def _write(self, agreement: Agreement, draft: Draft) -> None:
        """Write the row; how far it got is written over it at the end of the run."""
        machine = self._machine
        agreement.state = machine.initial_state
        agreement.business_state = machine.state(machine.initial_state).business_state
        shop_id = f"sub-{draft.shop_id}"
        self._lines[tables.Subscription].append(
            f"{agreement.id}\t{at(draft.created)}\t{draft.place.project_id}\t{draft.place.mode}\t{shop_id}\t{shop_id}\t"
            f"{draft.shop_id}\t{draft.provider}\t{draft.method}\t{draft.account}\ttok_{agreement.id[12:]}\thub\t"
            f"{draft.amount}\t{draft.currency}\tMONTH\t{agreement.begun.isoformat()}\t{agreement.begun.day}\t06:00\t"
            f"{draft.place.shop.timezone}\t{agreement.state}\t{machine.name}\t{machine.version}\t"
            f"{agreement.business_state}\t0\t0\t0\t{draft.buyer}\t{draft.additional_data}\t{draft.locale}\t"
            f"{draft.description}\t{at(draft.created)}"
        )
        self._record(agreement, draft, machine.creation_event, "", NULL)


def _date(agreement: Agreement, number: int) -> dt.date:
    return calendar.nth(agreement.begun, number - 1, interval=Interval.MONTH, count=1, anchor_day=agreement.begun.day)


def _end_of(agreement: Agreement) -> tuple[str | int | dt.date | None, ...]:
    last = agreement.paid + (agreement.end_reason in (EndReason.DUNNING, EndReason.FIRST_PAYMENT))
    upcoming = None if agreement.ended_at else _date(agreement, agreement.paid + 1)
    ended_at = at(agreement.ended_at) if agreement.ended_at else None
    return (
        agreement.state, agreement.business_state, last, agreement.paid, agreement.paid, _date(agreement, last), upcoming,
        ended_at, agreement.end_reason, agreement.paid, agreement.id,
    )  # fmt: skip
