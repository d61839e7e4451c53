"""Claims of commands and events that need no row lock: one conditional UPDATE each."""

import datetime as dt
import random
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from paymenthub.kernel import clock
from payments.models import FlowCommand, FlowCommandState, FlowEvent

LEASE_SECONDS = 180.0
"""How long one try may take: above a task's hard limit. One that died is due again after it."""
_PAUSES = (2, 5, 15, 60, 180, 600)
"""Seconds after the first, second, … failure; the last one for ever."""


def claim_command(command_id: UUID, *, tries: int | None) -> FlowCommand | None:
    """Take a command for one try; None where it is done, not due, or somebody has it. `tries`: as handed out."""
    row = FlowCommand.objects.filter(pk=command_id, state=FlowCommandState.WAITING)
    row = row.filter(next_try_at__lte=clock.now()) if tries is None else row.filter(tries=tries)
    if not row.update(tries=F("tries") + 1, next_try_at=_lease_end()):
        return None
    return FlowCommand.objects.select_related("project", "payment__provider_account").get(pk=command_id)


def claim_event(event_id: UUID, *, tries: int | None) -> FlowEvent | None:
    """Take an event for one try; None where it is taken, not due, or an earlier one of its saga is not taken yet."""
    earlier = FlowEvent.objects.filter(
        project_id=OuterRef("project_id"),
        mode=OuterRef("mode"),
        saga_id=OuterRef("saga_id"),
        number__lt=OuterRef("number"),
        taken_at=None,
    )
    row = FlowEvent.objects.filter(~Exists(earlier), pk=event_id, taken_at=None)
    row = row.filter(next_try_at__lte=clock.now()) if tries is None else row.filter(tries=tries)
    if not row.update(tries=F("tries") + 1, next_try_at=_lease_end()):
        return None
    return FlowEvent.objects.get(pk=event_id)


def next_try(failures: int) -> dt.datetime:
    """Say when to try again after that many failures."""
    pause = _PAUSES[min(failures, len(_PAUSES)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    return clock.now() + dt.timedelta(seconds=pause)


def _lease_end() -> dt.datetime:
    return clock.now() + dt.timedelta(seconds=LEASE_SECONDS)
