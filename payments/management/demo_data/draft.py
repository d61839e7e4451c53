"""One demo payment while it is put together: every step writes what the hub would have written."""

import itertools
import random
from collections.abc import Iterator
from functools import cache
from typing import Final

from payments import models as tables
from payments.domain.attempt import AttemptKind, AttemptState, MovementKind, RefundState
from payments.domain.machine import Decision, Machine, decide
from payments.domain.news import callback_for
from payments.models import Source

from .standing import Place
from .writing import NULL, Portion, at, json_cell, text

HOUR: Final = 3_600_000
_DECISIONS: dict[tuple[str, str, str], Decision] = {}


def way(machine: Machine, state: str, event: str) -> Decision:
    """Return where an event leads; demo data takes no ways that the machine has not."""
    found = _DECISIONS.get((machine.name, state, event))
    if found is None:
        decided = decide(machine, state, event)
        if not isinstance(decided, Decision):
            raise ValueError(f"the machine {machine.name} has no way for {event} in {state}")
        found = _DECISIONS[machine.name, state, event] = decided
    return found


class Ids:
    """UUIDv7 of a moment, from dice: the same seed makes the same rows."""

    def __init__(self, dice: random.Random) -> None:
        self._bits = dice.getrandbits
        self._order = itertools.count()

    def at(self, milliseconds: int) -> str:
        """Make one, as 32 hex digits."""
        return f"{milliseconds:012x}7{next(self._order) & 0xFFF:03x}{(2 << 62) | self._bits(62):016x}"


class Draft:
    """A payment, its rows so far, and the time it is at (milliseconds); amounts are minor units."""

    def __init__(
        self, portion: Portion, ids: Ids, machine: Machine, place: Place, *, created: int, end: int, shop_id: str
    ) -> None:
        self._lines, self.ids, self._machine, self.place = portion.lines, ids, machine, place
        self.created = self.now = created
        self._end, self.shop_id = end, shop_id
        self.id = ids.at(created)
        self.amount, self.currency, self.type, self.capture_mode = 0, "EUR", "DIRECT", "automatic"
        self.provider = self.method = self.account = ""
        self.provider_payment_id, self.winner = "", NULL
        self.subscription, self.period, self.link = NULL, NULL, NULL
        self.in_checkout, self.claimed = False, True
        self.description, self.buyer, self.additional_data, self.locale = "", "{}", "{}", ""
        self.state, self.business_state = machine.initial_state, machine.state(machine.initial_state).business_state
        self.authorized = self.captured = self.refunded = self.reserved = self.charged_back = 0
        self._transitions = self._events = 0
        self.paying = self.taking = ""
        self._record(machine.creation_event, "", None, Source.API)

    def later(self, milliseconds: int) -> bool:
        """Go on in time; False, and not a moment later, where that lies beyond what is over."""
        if self.now + milliseconds > self._end:
            return False
        self.now += milliseconds
        return True

    def take(self, event: str, source: Source, *, more: str = "") -> None:
        """Feed the saga an event; tell those outside of it where they are told."""
        decision = way(self._machine, self.state, event)
        before, self.state = self.state, decision.to_state
        self.business_state = decision.business_state_id
        if event in ("paymentFailed", "paymentCancelled", "paymentExpired") and not self.captured:
            self.claimed = False
        self._record(event, before, decision.business_event_id, source)
        news = callback_for(event)
        if news is not None:
            self._tell(*news, more)

    def attempt(
        self,
        kind: AttemptKind,
        state: AttemptState,
        amount: int,
        *,
        took: int = 900,
        refund: str = NULL,
        declined: tuple[str, str, str] = ("", "", ""),
    ) -> str:
        """Write an attempt that is sent now and decided (unless in doubt) `took` milliseconds later; return its id."""
        sent, key = self.now, self.ids.at(self.now)
        undecided = state in (AttemptState.UNKNOWN, AttemptState.PENDING)
        if not undecided:
            self.now += took
        decided = NULL if undecided else at(self.now)
        reason, code, message = declined
        self._lines[tables.Attempt].append(
            f"{key}\t{at(sent)}\t{self.place.project_id}\t{self.id}\t{self.account}\t{kind.value}\t{self.method}\t{amount}\t"
            f"{self.currency}\t{refund}\t{key}\t{state.value}\t{at(sent)}\t{reason}\t{code}\t{message}\tt\t{took}\t{decided}"
        )
        return key

    def named(self, attempt: str, kind: str, value: str) -> None:
        """Write by which id the provider knows the payment or one of its operations."""
        self._lines[tables.PspReference].append(
            f"{self.ids.at(self.now)}\t{at(self.now)}\t{self.place.project_id}\t{self.account}\t{self.id}\t{attempt}\t"
            f"{kind}\t{value}"
        )

    def move(self, kind: MovementKind, amount: int, *, attempt: str = "", evidence: str = "") -> None:
        """Write a movement; `amount` has the sign of its kind."""
        moment = at(self.now)
        self._lines[tables.Movement].append(
            f"{self.ids.at(self.now)}\t{moment}\t{self.place.project_id}\t{self.id}\t{attempt or NULL}\t{kind.value}\t"
            f"{amount}\t{self.currency}\t{evidence or 'attempt:' + attempt}\t{moment}"
        )

    def refund(self, amount: int, state: RefundState, *, reason: str, actor: str, failure: str = "") -> str:
        """Write a refund of the captured money; return its id."""
        key = self.ids.at(self.now)
        decided = NULL if state is RefundState.OPEN else at(self.now + 1_400)
        self._lines[tables.Refund].append(
            f"{key}\t{at(self.now)}\t{self.place.project_id}\t{self.id}\t{self.taking}\t{amount}\t{self.currency}\t"
            f"{state.value}\t{reason}\t{actor}\t{failure}\t{decided}"
        )
        return key

    def item(self, kind: str, about: str, next_step: str, evidence: dict[str, object], *, resolved: bool) -> None:
        """Put something before a person, long enough ago that no mail tells of it."""
        tail = f"{at(self.now + 5 * HOUR)}\tgiulia\tLooked up at the provider." if resolved else f"{NULL}\t\t"
        self._lines[tables.OperatorItem].append(
            f"{self.ids.at(self.now)}\t{at(self.now)}\t{self.place.project_id}\t{self.id}\t{kind}\t{about}\t"
            f"{json_cell(evidence)}\t{text(next_step)}\t{tail}"
        )

    def save(self) -> None:
        """Write the payment itself, as it stands."""
        claim = self.shop_id if self.claimed else NULL
        self._lines[tables.Payment].append(
            f"{self.id}\t{at(self.created)}\t{self.place.project_id}\t{self.place.mode}\t{self.shop_id}\t{claim}\t"
            f"{self.type}\t{self.subscription}\t{self.period}\t{self.amount}\t{self.currency}\t{self.capture_mode}\t"
            f"{self.provider}\t{self.method}\t{self.account or NULL}\t{'t' if self.in_checkout else 'f'}\t{self.link}\t"
            f"{self.provider_payment_id}\t{self.state}\t{self._machine.name}\t{self._machine.version}\t"
            f"{self.business_state}\t{self._transitions}\t{self.authorized}\t{self.captured}\t{self.refunded}\t"
            f"{self.reserved}\t0\t{self.charged_back}\t{self.winner}\t{self.description}\t{self.buyer}\t"
            f"{self.additional_data}\t{self.locale}\t{self._events}\t{at(self.now)}"
        )

    def _record(self, event: str, before: str, business_event: int | None, source: Source) -> None:
        self._transitions += 1
        self._lines[tables.Transition].append(
            f"{self.ids.at(self.now)}\t{at(self.now)}\t{self.place.project_id}\t{self.id}\t{self._transitions}\t{event}\t"
            f"{before}\t{self.state}\t{self.business_state}\t{NULL if business_event is None else business_event}\t"
            f"{source.value}\t{_evidence(source)}"
        )

    def _tell(self, type_: str, action: str, more: str) -> None:
        self._events += 1
        key, moment = self.ids.at(self.now), at(self.now)
        status = "ACCEPTED" if self.captured else "PENDING" if self.claimed else "FAILED"
        body = (
            f'{{"status": "{status}", "paymentId": "{self.provider_payment_id or "pay_" + self.id}", '
            f'"shopTransactionId": "{self.shop_id}", "providerName": "{self.provider}", "paymentMethod": "{self.method}", '
            f'"action": "{action}", "metadata": {{"hubPaymentId": "pay_{self.id}", "state": "{self.state}", '
            f'"amount": {self.amount}, "currency": "{self.currency}", "capturedAmount": {self.captured}, '
            f'"totalRefundedAmount": {self.refunded}{more}}}}}'
        )
        self._lines[tables.OutboxEvent].append(
            f"{key}\t{moment}\t{self.place.project_id}\t{self.id}\t{self.place.mode}\t{self._events}\t{type_}\t{body}\t"
            f"{moment}"
        )
        if self.place.endpoint:
            self._deliver(key)

    def _deliver(self, event: str) -> None:
        """Write that the merchant took it at once, at the second try, or (seldom) never."""
        luck = int(event[-4:], 16) % 400
        key, given_up = self.ids.at(self.now), luck == 0
        answers = (500,) * 3 if given_up else (502, 200) if luck < 9 else (200,)
        state, done = ("given_up", NULL) if given_up else ("delivered", at(self.now + 400))
        self._lines[tables.Delivery].append(
            f"{key}\t{at(self.now)}\t{self.place.project_id}\t{event}\t{self.place.endpoint}\t{_CALLBACKS}\t{state}\t"
            f"{len(answers)}\t{done}"
        )
        for number, status in _numbered(answers):
            moment = self.now + 300 * number
            self._lines[tables.DeliveryTry].append(
                f"{self.ids.at(moment)}\t{at(moment)}\t{key}\t{number}\t{status}\t\t{40 + luck}"
            )


_CALLBACKS: Final = "http://127.0.0.1:9/callbacks"


def _numbered(answers: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return enumerate(answers, 1)


@cache
def _evidence(source: Source) -> str:
    return {Source.WEBHOOK: "notification", Source.STATUS: "poll", Source.SYSTEM: "expiry"}.get(source, "")
