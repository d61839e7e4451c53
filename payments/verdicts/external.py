"""What happened at the PSP without us: refunds made in its dashboard, chargebacks. Facts: they always fit."""

import uuid

from paymenthub.kernel import db
from payments import locks
from payments.domain.attempt import ItemKind, MovementKind
from payments.saga.advance import advance
from payments.saga.change import Change
from providers.types import Outcome, Subject, Verdict

from .told import Told

_KNOWN = {
    (Subject.REFUND, Outcome.SUCCEEDED): MovementKind.REFUNDED_ELSEWHERE,
    (Subject.CHARGEBACK, Outcome.SUCCEEDED): MovementKind.CHARGED_BACK,
    (Subject.CHARGEBACK, Outcome.REVERSED): MovementKind.CHARGEBACK_WON,
}
_BACK = (Outcome.DECLINED, Outcome.CANCELLED, Outcome.REVERSED)


def record(*, payment_id: uuid.UUID, verdict: Verdict, told: Told) -> bool:
    """Record a refund or chargeback that this hub did not ask for, once; tell whether it was new.

    One that cannot be counted (no amount, other currency, an outcome without an amount of its own) goes to an operator.
    """

    def once() -> bool:
        with db.durable():
            payment = locks.payment(payment_id)
            change = Change(payment, source=told.source, evidence=told.evidence, actor=told.actor)
            new = _record(change, verdict)
            if new:
                change.save()
            return new

    return db.retry_serialization(once)


def _record(change: Change, verdict: Verdict) -> bool:
    kind = _KNOWN.get((verdict.subject, verdict.outcome))
    payment = change.payment
    evidence = verdict.references[0].value if verdict.references else change.evidence
    if verdict.subject is Subject.REFUND and verdict.outcome in _BACK:
        return _take_back(change, verdict, f"{verdict.subject.value}:{evidence}")
    if verdict.outcome in (Outcome.PENDING, Outcome.DECLINED):
        return False  # nothing moved
    if kind is None or verdict.money is None or verdict.money.currency != payment.currency:
        change.ask_operator(
            ItemKind.EXTERNAL_REFUND if verdict.subject is Subject.REFUND else ItemKind.CHARGEBACK,
            about=f"{verdict.subject.value}:{evidence}"[:128],
            next_step="The provider reports money that cannot be booked by itself. Compare with the provider.",
            evidence={"outcome": verdict.outcome.value, "rawStatus": verdict.raw_status},
        )
        return True
    if not change.move(kind, verdict.money.amount, evidence=f"{verdict.subject.value}:{evidence}"):
        return False
    change.ask_operator(
        ItemKind.EXTERNAL_REFUND if verdict.subject is Subject.REFUND else ItemKind.CHARGEBACK,
        about=f"{verdict.subject.value}:{evidence}"[:128],
        next_step="Money went back outside this hub. The amounts are recorded; tell the order system if it must act.",
        evidence={"amount": verdict.money.amount, "currency": verdict.money.currency},
    )
    if kind is not MovementKind.CHARGED_BACK or payment.charged_back > 0:  # else it was told to be won before
        advance(change, [_event(change, kind)])
    return True


def _take_back(change: Change, verdict: Verdict, evidence: str) -> bool:
    """Undo a refund made elsewhere that was counted and failed after all; one that was never counted is no news."""
    booked = change.payment.movements.filter(kind=MovementKind.REFUNDED_ELSEWHERE, evidence=evidence).first()
    if booked is None or not change.move(MovementKind.REFUND_REVERSED, -booked.amount, evidence=evidence):
        return False
    change.ask_operator(
        ItemKind.REFUND_REVERSED,
        about=evidence[:128],
        next_step="A refund made outside this hub was taken back. The amount may be refunded again; tell the customer.",
        evidence={"amount": -booked.amount, "currency": booked.currency, "rawStatus": verdict.raw_status},
    )
    payment = change.payment
    left = payment.refunded_by_us + payment.refunded_elsewhere
    advance(change, ["refundReversed" if left else "totalRefundReversed"])
    return True


def _event(change: Change, kind: MovementKind) -> str:
    if kind is MovementKind.CHARGED_BACK:
        return "chargebackOpened"
    if kind is MovementKind.CHARGEBACK_WON:
        return "chargebackWon"
    payment = change.payment
    total = payment.refunded_by_us + payment.refunded_elsewhere
    return "totalRefundExecuted" if total >= payment.captured else "partialRefundExecuted"
