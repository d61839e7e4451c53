"""Have saga commands that were given up tried again, once what hindered them is mended."""

from collections.abc import Callable
from uuid import UUID

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import WrongState
from payments.models import SagaCommand, SagaCommandState


def retry_commands(*, channel: str = "", payment_id: UUID | None = None) -> int:
    """Make failed commands due again, with a new time to be tried in; return how many. Their ids stay the same."""
    failed = SagaCommand.objects.filter(state=SagaCommandState.FAILED)
    if channel:
        failed = failed.filter(channel=channel)
    if payment_id is not None:
        failed = failed.filter(payment_id=payment_id)
    now = clock.now()
    return failed.update(state=SagaCommandState.DUE, next_try_at=now, due_since=now)


def retry_command(command: SagaCommand, *, then: Callable[[], None]) -> None:
    """Make one failed command due again; `then` runs in the same transaction. Raises WrongState where it is not failed."""
    now = clock.now()
    with db.durable():
        failed = SagaCommand.objects.filter(pk=command.pk, state=SagaCommandState.FAILED)
        if not failed.update(state=SagaCommandState.DUE, next_try_at=now, due_since=now):
            raise WrongState("This step is not given up, so there is nothing to try again.")
        then()
    command.refresh_from_db()
