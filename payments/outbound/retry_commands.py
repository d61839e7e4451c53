"""Have saga commands that were given up tried again, once what hindered them is mended."""

from uuid import UUID

from paymenthub.kernel import clock
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
