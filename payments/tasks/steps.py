"""Carry out the saga's steps, send what they commanded, and feed states the events of their time limits."""

import uuid

from celery import shared_task
from django.conf import settings

from paymenthub.kernel.errors import Busy, ProviderUnavailable
from payments.attempts.start import start
from payments.outbound.carry_out import HARD_SECONDS, SOFT_SECONDS, carry_out
from payments.services.time_out import due_timeouts, time_out

from .nudge import nudge
from .periodic import once_per_slot


@shared_task(
    name="payments.carry_out_command",
    ignore_result=True,
    acks_late=True,
    soft_time_limit=SOFT_SECONDS,
    time_limit=HARD_SECONDS,
)
def carry_out_command(command_id: str, tries: int | None = None) -> None:
    """Carry one command out once, if it was tried exactly `tries` times before."""
    attempt_id = carry_out(uuid.UUID(command_id), tries=tries)
    if attempt_id is not None:
        nudge(start_attempt, str(attempt_id))


@shared_task(name="payments.start_attempt", ignore_result=True, acks_late=True)
def start_attempt(attempt_id: str) -> None:
    """Send an attempt that a step commanded. Where there is no room for it now, the poller sends it later."""
    try:
        start(uuid.UUID(attempt_id))
    except (Busy, ProviderUnavailable):
        return


@shared_task(name="payments.time_out_states", ignore_result=True)
@once_per_slot("payments.time_out_states", lambda: settings.SAGA_TIMEOUT_INTERVAL)
def time_out_states() -> None:
    """Find states whose time is over and give each one to a worker."""
    for payment_id, number in due_timeouts():
        nudge(time_out_state, f"{payment_id}:{number}")


@shared_task(name="payments.time_out_state", ignore_result=True, acks_late=True)
def time_out_state(which: str) -> None:
    """Feed one state the event of its time limit. `which`: the payment's id and the number of the transition."""
    payment_id, _, number = which.partition(":")
    fed = time_out(uuid.UUID(payment_id), int(number))
    if fed is not None and fed.attempt is not None:
        nudge(start_attempt, str(fed.attempt.pk))
