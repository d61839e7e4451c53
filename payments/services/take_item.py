"""Say who is on an operator item, so that two people do not do the same."""

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import WrongState
from payments.models import AuditAction, OperatorItem
from payments.services import audit


def take_item(item: OperatorItem, actor: str, *, seen: str = "", address: str | None = None) -> OperatorItem:
    """Put a person on an open item. `seen` names who was on it when they looked: empty, or whom they take it over from.

    Of two people who take it at once one gets it. Raises WrongState where it is resolved, or on somebody else by now.
    """
    with db.durable():
        free = OperatorItem.objects.filter(pk=item.pk, resolved_at=None, taken_by=seen)
        taken = free.update(taken_by=actor[:128], taken_at=clock.now())
        item.refresh_from_db()
        if not taken:
            _refuse(item, actor)
        elif seen != actor:
            after = {"takenBy": actor}
            audit.done(
                _draft(AuditAction.TAKE_ITEM, item, actor, address),
                f"{actor} is on it.",
                before={"takenBy": seen},
                after=after,
            )
    return item


def leave_item(item: OperatorItem, actor: str, *, address: str | None = None) -> OperatorItem:
    """Take a person off an open item that they are on. Raises WrongState where they are not."""
    with db.durable():
        mine = OperatorItem.objects.filter(pk=item.pk, resolved_at=None, taken_by=actor[:128])
        left = mine.update(taken_by="", taken_at=None)
        item.refresh_from_db()
        if not left:
            raise WrongState("You are not on this item, or it is resolved.")
        audit.done(
            _draft(AuditAction.LEAVE_ITEM, item, actor, address),
            "Nobody is on it any more.",
            before={"takenBy": actor},
            after={"takenBy": ""},
        )
    return item


def _refuse(item: OperatorItem, actor: str) -> None:
    if item.resolved_at is not None:
        raise WrongState(f"{item.resolved_by} has resolved this meanwhile: {item.resolution}")
    if item.taken_by != actor:
        raise WrongState(f"{item.taken_by} is on this item." if item.taken_by else "Nobody is on this item any more.")


def _draft(action: AuditAction, item: OperatorItem, actor: str, address: str | None) -> audit.Draft:
    return audit.Draft(
        action=action,
        project=item.project,
        object_id=item.id,
        number=1,
        actor=actor,
        address=address,
        payment=item.payment,
        item=item,
    )
