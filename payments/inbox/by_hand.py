"""What a person says about a notification that nothing was found for: look at it again, or it is not ours."""

from collections.abc import Callable

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import OperationInProgress, WrongState
from payments import locks
from payments.domain.attempt import ItemKind
from payments.models import InboxMessage, InboxState
from payments.services.operator_items import settle_item

from .process import about_notification, process

AGAIN = (InboxState.NEW, InboxState.UNMATCHED, InboxState.GIVEN_UP, InboxState.NOT_OURS)
"""What may be looked at again: all that was not understood. Other content under a known key is never applied."""
NOT_OURS = (InboxState.NEW, InboxState.UNMATCHED, InboxState.GIVEN_UP)
"""Of what a person may say that it is another system's."""


def look_again(message: InboxMessage, *, begin: Callable[[], None] | None = None) -> InboxState:
    """Work on a notification now, as if it had just come; return where it stands then.

    `begin` runs in the transaction that makes it due. Raises WrongState where it was understood, OperationInProgress
    while a worker has it. The money goes through the one door: what was recorded before is not recorded twice.
    """
    with db.durable():
        row = _taken(message, AGAIN)
        row.state, row.next_try_at, row.done_at, row.lease_until = InboxState.NEW, clock.now(), None, None
        row.save(update_fields=["state", "next_try_at", "done_at", "lease_until"])
        if begin is not None:
            begin()
    process(row.id)
    message.refresh_from_db()
    return InboxState(message.state)


def not_ours(message: InboxMessage, actor: str, reason: str, *, then: Callable[[], None] | None = None) -> None:
    """End the tries of a notification that belongs to another system. The row stays; it can be looked at again.

    `then` runs in the same transaction. Raises WrongState where it was understood or closed before, OperationInProgress
    while a worker has it.
    """
    with db.durable():
        row = _taken(message, NOT_OURS)
        # Without its lease, a worker that took too long and found nothing has no say any more.
        row.state, row.next_try_at, row.done_at, row.lease_until = InboxState.NOT_OURS, None, clock.now(), None
        row.save(update_fields=["state", "next_try_at", "done_at", "lease_until"])
        settle_item(
            project_id=row.project_id,
            kind=ItemKind.UNMATCHED,
            about=about_notification(row),
            by=actor,
            resolution=reason,
        )
        if then is not None:
            then()
    message.refresh_from_db()


def _taken(message: InboxMessage, states: tuple[InboxState, ...]) -> InboxMessage:
    row = locks.inbox_message(message.id)
    if row.state not in states:
        raise WrongState(
            f"This notification stands as «{row.get_state_display()}», so there is nothing to do about it.",
            details={"state": row.state},
        )
    if row.lease_until is not None and row.lease_until > clock.now():
        raise OperationInProgress("A worker is looking at this notification at this moment. Try again in a minute.")
    return row
