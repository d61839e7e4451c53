"""Decide on a refund that waits for a second person: approve, decline, withdraw, or let its time be over."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.access import may_see
from backoffice.four_eyes import LimitedClaim, limited, may_release
from backoffice.models import ActionBatch, ApprovalState, BatchState, RefundApproval
from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Forbidden, WrongState
from paymenthub.kernel.money import Money
from payments import locks
from payments.models import Attempt, AuditAction, AuditOutcome
from payments.services import audit
from payments.services.audit import FormClaim
from payments.services.operate import Acted, operate
from payments.services.refund import RefundCommand, refund

from .batch_audit import end_with
from .start_batch import sums_of

PERMISSION = "backoffice.approve_refund"
REFUNDING = "payments.refund_payment"
"""What who asks for a refund must still be allowed when it is approved."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides, from where and why."""

    user: User
    address: str | None
    note: str


@dataclass(frozen=True, slots=True)
class _ApprovalClaim:
    """A claim that is given only while the approval waits and this person may approve it.

    All of it is judged in the transaction that writes the refund down: of two who approve, or one who approves and one who
    declines, one is first and the other one finds it decided.
    """

    inner: LimitedClaim
    approval: RefundApproval
    deciding: Deciding

    def take(self, attempt: Attempt | None) -> None:
        """Claim the work and decide. Raises Forbidden, WrongState or OverRefundLimit."""
        self.inner.take(attempt)
        _approve_row(self.approval, self.deciding)

    def settle(self, attempt: Attempt) -> None:
        """Write down what came of it."""
        self.inner.settle(attempt)


def approve(approval: RefundApproval, deciding: Deciding, *, seen: int | None) -> Acted:
    """Carry out what was asked for, once. `seen` is the refundable amount that the approver's page showed.

    A refusal (the payment changed, the person may not) leaves it waiting and is told in the audit trail.
    """
    payment = approval.payment
    asker = approval.asked_by.get_username()
    draft = audit.Draft(
        action=AuditAction.REFUND if payment is not None else AuditAction.BULK,
        project=approval.project,
        object_id=approval.id,
        number=1,
        actor=deciding.user.get_username(),
        address=deciding.address,
        reason=approval.reason,
        note=(_("%(note)s (asked for by %(who)s)") % {"note": deciding.note, "who": asker})[:500],
        payment=payment,
    )

    def act(claim: FormClaim) -> None:
        if payment is None:
            _approve_batch(approval, deciding, claim)
            return
        check_may_approve(approval, deciding.user)
        command = RefundCommand(
            payment,
            Money(approval.amount, approval.currency),
            reason=approval.reason,
            note=approval.note,
            expected_refundable=seen,
            over_chargeback=approval.over_chargeback,
            capture=approval.capture,
        )
        inner = LimitedClaim(claim, deciding.user.pk, released=True)
        by = limited(inner)
        refund(command, replace(by, claim=_ApprovalClaim(inner, approval, deciding)))

    return operate(draft, act)


def decline(approval: RefundApproval, deciding: Deciding) -> bool:
    """Decline it with a reason; False where it was decided before. Raises Forbidden."""
    check_may_approve(approval, deciding.user, any_amount=True)
    return _close(approval, deciding, ApprovalState.DECLINED, AuditAction.DECLINE_REFUND)


def withdraw(approval: RefundApproval, deciding: Deciding) -> bool:
    """Take one's own wish back; False where it was decided before. Raises Forbidden."""
    if approval.asked_by_id != deciding.user.pk:
        raise Forbidden(_("Only who asked for it can withdraw it."))
    return _close(approval, deciding, ApprovalState.WITHDRAWN, AuditAction.WITHDRAW_REFUND)


def expire_approvals() -> int:
    """End those whose time is over; return how many."""
    over = RefundApproval.objects.filter(state=ApprovalState.WAITING, expires_at__lte=clock.now())
    ended = 0
    for row in over.select_related("batch__owner", "batch__project"):
        with db.durable():
            changed = _waiting(row.pk, over=True).update(state=ApprovalState.EXPIRED, decided_at=clock.now())
            if changed and row.batch is not None:
                _close_batch(row.batch, BatchState.EXPIRED, _("Nobody approved it in time."))
            ended += changed
    return ended


def check_may_approve(approval: RefundApproval, user: User, *, any_amount: bool = False) -> None:
    """Judge a person by what they may at this moment. Raises Forbidden."""
    fresh = User.objects.get(pk=user.pk)
    why = why_not_approve(approval, fresh, any_amount=any_amount)
    if why:
        raise Forbidden(why)


def why_not_approve(approval: RefundApproval, user: User, *, any_amount: bool = False) -> str:
    """Say why a person may not approve this; nothing where they may."""
    if approval.asked_by_id == user.pk:
        return _("You have asked for it yourself: another person has to approve it.")
    if not user.is_active or not user.has_perm(PERMISSION):
        return _("You may not approve refunds.")
    if not may_see(user, approval.project_id):
        return _("This is not among your projects.")
    if any_amount:
        return ""
    asker = User.objects.get(pk=approval.asked_by_id)
    if not (asker.is_active and asker.has_perm(REFUNDING) and may_see(asker, approval.project_id)):
        return _("Who asked for it may not refund it any more: decline it.")
    if approval.over_chargeback and not user.has_perm("payments.refund_charged_back_payment"):
        return _("You may not refund on top of a chargeback.")
    if approval.batch is None:
        return may_release(user, approval.currency, approval.amount)
    totals: dict[str, int] = {}
    for (_project, currency), total in sums_of(approval.batch).items():
        totals[currency] = totals.get(currency, 0) + total
    return next(filter(None, (may_release(user, currency, total) for currency, total in totals.items())), "")


def _approve_row(approval: RefundApproval, deciding: Deciding) -> None:
    check_may_approve(approval, deciding.user)
    changed = _waiting(approval.pk).update(
        state=ApprovalState.APPROVED,
        decided_by=deciding.user,
        decided_at=clock.now(),
        decided_note=deciding.note,
    )
    if not changed:
        raise WrongState(_("It was decided meanwhile, or its time is over."))


def _approve_batch(approval: RefundApproval, deciding: Deciding, claim: FormClaim) -> None:
    assert approval.batch is not None, "it is about a payment or a batch"  # noqa: S101 - by constraint
    with db.durable():
        claim.take(None)
        _approve_row(approval, deciding)
        begun = ActionBatch.objects.filter(pk=approval.batch.pk, state=BatchState.ASKED).update(
            state=BatchState.RUNNING, approved_by=deciding.user, started_at=clock.now()
        )
        if not begun:
            raise WrongState(_("It was decided meanwhile, or its time is over."))
        claim.finish(AuditOutcome.OK, _("The bulk action was begun."), details={"batch": str(approval.batch_id)})


def _close(approval: RefundApproval, deciding: Deciding, state: ApprovalState, action: AuditAction) -> bool:
    draft = audit.Draft(
        action=action,
        project=approval.project,
        object_id=approval.id,
        number=2,
        actor=deciding.user.get_username(),
        address=deciding.address,
        reason=approval.reason,
        note=deciding.note,
        payment=approval.payment,
    )
    with db.durable():
        if approval.payment_id is not None:
            # As approving does: the payment first, then its approval. The audit row would ask for the payment afterwards.
            locks.payment(approval.payment_id)
        changed = _waiting(approval.pk).update(
            state=state, decided_by=deciding.user, decided_at=clock.now(), decided_note=deciding.note
        )
        if changed:
            words = _("Nothing was refunded.")
            audit.done(draft, words, before={"state": ApprovalState.WAITING}, after={"state": state})
            if approval.batch is not None:
                ends = BatchState.DECLINED if state == ApprovalState.DECLINED else BatchState.STOPPED
                _close_batch(approval.batch, ends, words)
    return bool(changed)


def _close_batch(batch: ActionBatch, state: BatchState, words: str) -> None:
    if ActionBatch.objects.filter(pk=batch.pk, state=BatchState.ASKED).update(state=state, ended_at=clock.now()):
        end_with(batch, AuditOutcome.REFUSED, words, {})


def _waiting(approval_id: UUID, *, over: bool = False) -> "QuerySet[RefundApproval]":
    rows = RefundApproval.objects.filter(pk=approval_id, state=ApprovalState.WAITING)
    return rows if over else rows.filter(expires_at__gt=clock.now())
