"""What a person decides: that an item is dealt with, or how an attempt ended whose outcome nobody knows."""

from collections.abc import Callable

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import InvalidField, OperationInProgress, WrongState
from payments import locks
from payments.domain.attempt import AttemptKind, AttemptState
from payments.models import Attempt, OperatorItem, Payment, Source
from payments.verdicts.apply import Applied, Told, apply
from providers.types import Decline, DeclineReason, Outcome, Subject, Verdict

_LEASE_SECONDS = 30.0
_SUCCESS = {
    AttemptKind.PAY: (Subject.PAYMENT, Outcome.SUCCEEDED),
    AttemptKind.AUTHORIZE: (Subject.PAYMENT, Outcome.AUTHORIZED),
    AttemptKind.LINK: (Subject.PAYMENT, Outcome.SUCCEEDED),
    AttemptKind.SUBSCRIPTION_SCHEDULE: (Subject.PAYMENT, Outcome.SUCCEEDED),
    AttemptKind.SUBSCRIPTION_START: (Subject.PAYMENT, Outcome.SUCCEEDED),
    AttemptKind.SUBSCRIPTION_PAY: (Subject.PAYMENT, Outcome.SUCCEEDED),
    AttemptKind.CAPTURE: (Subject.CAPTURE, Outcome.SUCCEEDED),
    AttemptKind.CANCEL: (Subject.CANCEL, Outcome.SUCCEEDED),
    AttemptKind.CLOSE: (Subject.CANCEL, Outcome.SUCCEEDED),
    AttemptKind.EXPIRE: (Subject.CANCEL, Outcome.SUCCEEDED),
    AttemptKind.SWITCH: (Subject.CANCEL, Outcome.SUCCEEDED),
    AttemptKind.REFUND: (Subject.REFUND, Outcome.SUCCEEDED),
}


def resolve_item(
    item: OperatorItem, actor: str, resolution: str, *, then: Callable[[], None] | None = None
) -> OperatorItem:
    """Close an item for good, saying what was done. `then` runs in the same transaction.

    Raises WrongState where somebody has resolved it before, InvalidField where nothing is said.
    """
    if not resolution.strip():
        raise InvalidField("Say what was done.", param="resolution")
    with db.durable():
        still_open = OperatorItem.objects.filter(pk=item.pk, resolved_at=None)
        closed = still_open.update(resolved_at=clock.now(), resolved_by=actor[:128], resolution=resolution[:500])
        item.refresh_from_db()
        if not closed:
            raise WrongState(f"{item.resolved_by} has resolved this before: {item.resolution}")
        if then is not None:
            then()
    return item


def decide(
    attempt: Attempt,
    outcome: str,
    evidence: str,
    actor: str,
    *,
    begin: Callable[[], None] | None = None,
    then: Callable[[Applied], None] | None = None,
) -> Applied:
    """Put a person's word in the place of a PSP's: `outcome` is "succeeded" or "failed", `evidence` says how they know.

    Only for an attempt of unknown outcome, and only while nobody else moves its payment: raises WrongState or
    OperationInProgress, and nothing is recorded. `begin` runs under the payment's lock once the attempt is found to be
    in doubt and free, `then` in the transaction that records the outcome.
    """
    if outcome not in ("succeeded", "failed"):
        raise InvalidField("The outcome is «succeeded» or «failed».", param="outcome")
    if not evidence.strip():
        raise InvalidField("Say how you know.", param="evidence")
    known = _take_over(attempt, begin)
    told = evidence[:255]

    def alone(applied: Applied) -> None:
        news = applied.payment.transitions.filter(number__gt=known).exclude(source=Source.OPERATOR, evidence=told)
        if news.exists() or not applied.changed:
            raise WrongState("The provider has spoken meanwhile. Look at the payment again.")
        if then is not None:
            then(applied)

    verdict = _verdict(attempt, outcome, told)
    return apply(
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        news=verdict,
        told=Told(Source.OPERATOR, told, actor, then=alone),
    )


def _take_over(attempt: Attempt, begin: Callable[[], None] | None) -> int:
    """Lease an attempt in doubt, so that it is not sent again meanwhile; return the number of the last transition."""
    with db.durable():
        payment = locks.payment(attempt.payment_id)
        leased = locks.lease_attempt(attempt.id, seconds=_LEASE_SECONDS)
        attempt.refresh_from_db(fields=["state", "lease_until"])
        if attempt.state != AttemptState.UNKNOWN:
            raise WrongState(
                f"Only an attempt of unknown outcome is decided by a person; this one is {attempt.state.lower()}.",
                details={"attempt": attempt.public_id, "attemptState": attempt.state},
            )
        if leased is None:
            raise OperationInProgress("The attempt is being asked about or sent again at this moment. Try again soon.")
        if begin is not None:
            begin()
        return _last_transition(payment)


def _last_transition(payment: Payment) -> int:
    return payment.transitions.order_by("-number").values_list("number", flat=True).first() or 0


def _verdict(attempt: Attempt, outcome: str, evidence: str) -> Verdict:
    subject, success = _SUCCESS[AttemptKind(attempt.kind)]
    if outcome == "succeeded":
        return Verdict(subject, success, attempt.money, raw_status="operator")
    decline = Decline(DeclineReason.OTHER, code="operator", message=f"Decided by a person: {evidence}"[:255])
    return Verdict(subject, Outcome.DECLINED, attempt.money, decline=decline, raw_status="operator")
