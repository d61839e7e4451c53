"""Ask the PSP about what is undecided, at a person's wish."""

from dataclasses import dataclass

from payments.attempts import reconcile
from payments.models import Attempt, Payment, Source


@dataclass(frozen=True, slots=True)
class Checked:
    """How an attempt stood before and stands after the question; `answered` tells whether a verdict came back."""

    attempt: Attempt
    state_before: str
    answered: bool


def check_now(payment: Payment, *, actor: str, evidence: str = "") -> list[Checked]:
    """Ask about every undecided attempt of a payment, oldest first; what the PSP says is recorded as usual.

    No answer leaves an attempt as it was. Nothing undecided: nothing is asked.
    """
    found = []
    for attempt in payment.attempts.order_by("id"):
        if attempt.is_undecided:
            applied = reconcile.check(attempt.id, source=Source.OPERATOR, evidence=evidence, actor=actor)
            before = attempt.state
            attempt.refresh_from_db()
            found.append(Checked(attempt, before, applied is not None))
    return found
