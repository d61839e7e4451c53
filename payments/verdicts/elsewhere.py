"""Captures that were made at the PSP without us: put before a person, since it cannot be told which of ours they are."""

import uuid

from paymenthub.kernel import db
from payments import locks
from payments.domain.attempt import UNDECIDED, AttemptKind, AttemptState, ItemKind
from payments.models import Attempt
from payments.saga.change import Change
from providers.types import Outcome, Verdict

from .told import Told

_NEXT_STEP = (
    "Money was captured at the provider that this hub did not ask for. Compare with the provider; what is still held"
    " here may be taken already."
)


def report_capture(*, payment_id: uuid.UUID, verdict: Verdict, told: Told) -> bool:
    """Put a single capture before a person that no attempt of ours asked for; tell whether it was put."""
    with db.durable():
        payment = locks.payment(payment_id)
        ours = payment.attempts.filter(kind=AttemptKind.CAPTURE, state=AttemptState.SUCCEEDED)
        if verdict.outcome is not Outcome.SUCCEEDED or verdict.money is None:
            return False
        if ours.filter(amount=verdict.money.amount).exists() or payment.captured >= payment.amount:
            return False  # one of ours whose id the PSP had not named, or the sale itself
        change = Change(payment, source=told.source, evidence=told.evidence, actor=told.actor)
        change.ask_operator(
            ItemKind.UNEXPECTED_EVENT,
            about=f"{payment.public_id}:capture",
            next_step=_NEXT_STEP,
            evidence={"amount": verdict.money.amount, "currency": verdict.money.currency},
        )
        change.save()
        return True


def notice_capture(change: Change, attempt: Attempt, verdict: Verdict) -> bool:
    """Notice that the PSP has taken more of a held payment than we know of; tell whether it has.

    Only a total says so, and only while no capture of ours is on its way.
    """
    payment = change.payment
    if (
        attempt.kind != AttemptKind.AUTHORIZE
        or attempt.state != AttemptState.SUCCEEDED
        or verdict.outcome is not Outcome.SUCCEEDED
        or not verdict.cumulative
        or verdict.money is None
        or verdict.money.amount <= payment.captured
        or payment.attempts.filter(kind=AttemptKind.CAPTURE, state__in=UNDECIDED).exists()
    ):
        return False
    change.ask_operator(
        ItemKind.UNEXPECTED_EVENT,
        about=f"{payment.public_id}:capture",
        next_step=_NEXT_STEP,
        evidence={
            "capturedAtTheProvider": verdict.money.amount,
            "capturedHere": payment.captured,
            "currency": verdict.money.currency,
        },
    )
    return True
