"""All that one piece of news does to one payment, gathered first and written at once."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from paymenthub.kernel import clock
from payments.domain.attempt import ItemKind, MovementKind
from payments.models import (
    Attempt,
    Movement,
    OperatorItem,
    OutboxEvent,
    Payment,
    PspReference,
    Refund,
    SagaCommand,
    Source,
    Transition,
)

from . import observers

_TOTALS = (
    "authorized",
    "captured",
    "refunded_by_us",
    "refund_reserved",
    "refunded_elsewhere",
    "charged_back",
)
_PAYMENT_FIELDS = (
    *_TOTALS,
    "provider",
    "method",
    "provider_account",
    "success_redirect_url",
    "failure_redirect_url",
    "state",
    "business_state",
    "state_number",
    "state_times_out_at",
    "has_provider_data",
    "claimed_shop_transaction_id",
    "winning_attempt",
    "provider_payment_id",
    "sequence",
    "expires_at",
    "authorization_expires_at",
    "saga_metadata",
    "updated_at",
)
_SIGN = {
    MovementKind.AUTHORIZED: 1,
    MovementKind.CAPTURED: 1,
    MovementKind.RELEASED: -1,
    MovementKind.REFUNDED: -1,
    MovementKind.REFUND_REVERSED: 1,
    MovementKind.REFUNDED_ELSEWHERE: -1,
    MovementKind.CHARGED_BACK: -1,
    MovementKind.CHARGEBACK_WON: 1,
}


@dataclass
class Change:
    """A change to a payment that is new or locked by the caller. Nothing is written before `save`."""

    payment: Payment
    source: Source
    is_new: bool = False
    evidence: str = ""
    actor: str = ""
    token: str = ""
    """The PSP's reference of the subscription that the payment belongs to, where it was named."""
    transitions: list[Transition] = field(default_factory=list)
    commands: list[SagaCommand] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    new_attempts: list[Attempt] = field(default_factory=list)
    changed_attempts: list[Attempt] = field(default_factory=list)
    references: list[PspReference] = field(default_factory=list)
    new_refunds: list[Refund] = field(default_factory=list)
    changed_refunds: list[Refund] = field(default_factory=list)
    events: list[OutboxEvent] = field(default_factory=list)
    items: list[OperatorItem] = field(default_factory=list)
    _last_number: int | None = None

    def next_number(self) -> int:
        """Number the next transition; gapless, since the payment is locked or new."""
        if self._last_number is None:
            known = None if self.is_new else self.payment.transitions.aggregate(last=Max("number"))["last"]
            self._last_number = known or 0
        self._last_number += 1
        return self._last_number

    def move(self, kind: MovementKind, amount: int, *, evidence: str, attempt: Attempt | None = None) -> bool:
        """Record an amount (minor units, unsigned) once per evidence; tell whether it was new."""
        known = any(m.kind == kind and m.evidence == evidence for m in self.movements)
        if known or (not self.is_new and self.payment.movements.filter(kind=kind, evidence=evidence).exists()):
            return False
        self.movements.append(
            Movement(
                project_id=self.payment.project_id,
                payment=self.payment,
                attempt=attempt,
                kind=kind,
                amount=_SIGN[kind] * amount,
                currency=self.payment.currency,
                evidence=evidence,
                occurred_at=clock.now(),
            )
        )
        self._add(kind, amount, is_ours=attempt is not None)
        return True

    def _add(self, kind: MovementKind, amount: int, *, is_ours: bool) -> None:
        """Keep the payment's totals equal to the sums of its movements."""
        payment = self.payment
        match kind:
            case MovementKind.AUTHORIZED:
                payment.authorized += amount
            case MovementKind.RELEASED:
                payment.authorized -= amount
            case MovementKind.CAPTURED:
                payment.captured += amount
            case MovementKind.REFUNDED:
                payment.refunded_by_us += amount
            case MovementKind.REFUND_REVERSED:
                # One that had to be counted as refunded elsewhere (its reserve was gone) comes off there.
                ours = min(amount, payment.refunded_by_us) if is_ours else 0
                payment.refunded_by_us -= ours
                payment.refunded_elsewhere -= amount - ours
            case MovementKind.REFUNDED_ELSEWHERE:
                payment.refunded_elsewhere += amount
            case MovementKind.CHARGED_BACK:
                payment.charged_back += amount
            case MovementKind.CHARGEBACK_WON:
                payment.charged_back -= amount

    def ask_operator(self, kind: ItemKind, *, about: str, next_step: str, evidence: dict[str, Any]) -> None:
        """Put something before a person."""
        self.items.append(
            OperatorItem(
                project_id=self.payment.project_id,
                payment=self.payment,
                kind=kind,
                about=about,
                next_step=next_step,
                evidence=evidence,
            )
        )

    def save(self) -> None:
        """Write everything, parents first; the caller's transaction makes it one."""
        if self.is_new:
            self.payment.save(force_insert=True)
        Refund.objects.bulk_create(self.new_refunds)
        for refund in self.changed_refunds:
            refund.save(update_fields=("state", "failure", "decided_at"))
        Attempt.objects.bulk_create(self.new_attempts)
        for attempt in self.changed_attempts:
            attempt.save(update_fields=ATTEMPT_FIELDS)
        if self.references:
            PspReference.objects.bulk_create(self.references, ignore_conflicts=True)
        if self.movements:
            Movement.objects.bulk_create(self.movements)
        if self.transitions:
            Transition.objects.bulk_create(self.transitions)
        if self.commands:
            SagaCommand.objects.bulk_create(self.commands)
        if self.events:
            OutboxEvent.objects.bulk_create(self.events)
        if self.items:
            # The same open item told twice stays one (its unique constraint decides).
            OperatorItem.objects.bulk_create(self.items, ignore_conflicts=True)
        if not self.is_new:
            self.payment.save(update_fields=_PAYMENT_FIELDS)
        observers.tell(self)


ATTEMPT_FIELDS = (
    "state",
    "lease_until",
    "sent_at",
    "next_check_at",
    "decline_reason",
    "decline_code",
    "decline_message",
    "may_retry",
    "redirect_url",
    "redirect_url_mobile",
    "exchanges",
    "elapsed_ms",
    "request_digest",
    "has_provider_data",
    "decided_at",
)
