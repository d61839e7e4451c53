"""Work for and with an outside Flow Manager. The relay hands it out; what is lost is handed out again."""

import uuid

from celery import shared_task

from paymenthub.kernel import clock
from payments.flow_manager.execute import run_command
from payments.flow_manager.tell import next_of, tell

_LANE_SECONDS = 30.0
"""How long one task goes on with the events of one saga: below the task's time limit by more than one call."""


@shared_task(name="payments.run_flow_command", ignore_result=True, acks_late=True)
def run_flow_command(command_id: str, tries: int | None = None) -> None:
    """Run one command, if it was tried exactly `tries` times before."""
    run_command(uuid.UUID(command_id), tries=tries)


@shared_task(name="payments.tell_flow_manager", ignore_result=True, acks_late=True)
def tell_flow_manager(event_id: str, tries: int | None = None) -> None:
    """Tell one event, then those of the same saga that waited for it."""
    ends, now = clock.monotonic() + _LANE_SECONDS, (uuid.UUID(event_id), tries)
    while tell(now[0], tries=now[1]) and clock.monotonic() < ends:
        following = next_of(now[0])
        if following is None:
            return
        now = following
