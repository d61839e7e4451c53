"""A PSP that does what it is asked, may lose its answers, and tells of what it did as often and as late as it likes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paymenthub.kernel.money import Money
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome, Reference, Subject, Verdict

CURRENCY = "EUR"


@dataclass
class Psp:
    """The truth about one payment, in minor units. `mood` says how the next call goes."""

    mood: str = "yes"
    amount: int = 0
    held: int = 0
    captured: int = 0
    refunds: dict[str, tuple[str, int]] = field(default_factory=dict)  # key → (attempt reference, amount)
    captures: dict[str, tuple[str, int]] = field(default_factory=dict)
    charges: int = 0
    cancelled: bool = False
    attempt: str = ""
    news: list[Verdict] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def answer(self, do: Callable[[Any, Any], Verdict]) -> Callable[[Any, Any], Verdict]:
        """Wrap an operation: refused before anything, lost on the way, done and silent, or done and told."""

        def call(call: Any, request: Any) -> Verdict:
            if self.mood == "down":
                raise Unavailable("refused connection")
            if self.mood == "lost":
                raise OutcomeUnknown("reset before it was read")
            if self.mood == "no":
                raise Rejected("not today")
            verdict = do(call, request)
            if self.mood == "silent":
                raise OutcomeUnknown("read timeout")
            return verdict

        return call

    def pay(self, call: Any, request: Any, *, manual: bool) -> Verdict:
        self.attempt = call.attempt_reference
        if call.idempotency_key not in self.seen:
            self.seen.add(call.idempotency_key)
            self.amount = self.held = request.money.amount
            if not manual:
                self.captured = self.held
                self.charges += 1
        return self._told(self.payment())

    def capture(self, call: Any, request: Any) -> Verdict:
        key = call.idempotency_key
        if key not in self.captures:
            if self.cancelled or self.captured + request.money.amount > self.held:
                raise Rejected("nothing to capture")
            self.captures[key] = (call.attempt_reference, request.money.amount)
            self.captured += request.money.amount
            if request.final:
                self.held = self.captured
        return self._told(self._capture(key))

    def cancel(self, call: Any, request: Any) -> Verdict:
        if self.captured:
            self.held = self.captured
            return Verdict(Subject.CANCEL, Outcome.SUCCEEDED)
        self.cancelled, self.held = True, 0
        return self._told(self.payment())

    def refund(self, call: Any, request: Any) -> Verdict:
        key = call.idempotency_key
        if key not in self.refunds:
            if self.refunded + request.money.amount > self.captured:
                raise Rejected("too much")
            self.refunds[key] = (request.refund_reference, request.money.amount)
        return self._told(self._refund(key))

    def fetch(self, call: Any, request: Any) -> list[Verdict]:
        if self.mood == "down":
            raise Unavailable("refused connection")
        if not self.amount:
            return [Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)]
        return [self.payment(), *map(self._capture, self.captures), *map(self._refund, self.refunds)]

    @property
    def refunded(self) -> int:
        return sum(amount for _, amount in self.refunds.values())

    def payment(self) -> Verdict:
        outcome, amount = Outcome.AUTHORIZED, self.amount
        if self.cancelled:
            outcome = Outcome.CANCELLED
        elif self.captured:
            outcome, amount = Outcome.SUCCEEDED, self.captured
        return Verdict(
            Subject.PAYMENT,
            outcome,
            Money(amount, CURRENCY),
            cumulative=True,
            references=(Reference("payment", f"psp-{self.attempt}"),),
            attempt_reference=self.attempt,
        )

    def _capture(self, key: str) -> Verdict:
        reference, amount = self.captures[key]
        return self._part(Subject.CAPTURE, f"cap-{key}", reference, amount)

    def _refund(self, key: str) -> Verdict:
        reference, amount = self.refunds[key]
        return self._part(Subject.REFUND, f"ref-{key}", reference, amount)

    def _part(self, subject: Subject, id: str, reference: str, amount: int) -> Verdict:
        return Verdict(
            subject,
            Outcome.SUCCEEDED,
            Money(amount, CURRENCY),
            references=(Reference(subject.value, id),),
            parent=(Reference("payment", f"psp-{self.attempt}"),),
            attempt_reference=reference,
        )

    def _told(self, verdict: Verdict) -> Verdict:
        self.news.append(verdict)
        return verdict
