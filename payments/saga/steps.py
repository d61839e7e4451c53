"""What entering a state asks of others than a PSP: a row for its command, one for each side effect, and its time limit."""

import datetime as dt

from paymenthub.kernel import clock
from payments.domain.machine import NOTIFY_CHANNELS, PSP_CHANNELS, Command, Decision, Machine
from payments.models import SagaCommand

from . import handlers
from .change import Change


def is_outside(machine: Machine, command: Command) -> bool:
    """Tell whether a command leaves for a step: anything but a PSP operation, and that too where the machine says so."""
    return command.channel in machine.channels or command.channel not in PSP_CHANNELS


def enter(change: Change, machine: Machine, decision: Decision) -> None:
    """Write what the state that was just entered asks for; call it right after its transition was recorded.

    A way that stays in its state and asks for nothing is no entry: the state's time limit runs on.
    """
    asked = ([decision.command] if decision.command else []) + list(decision.side_effects)
    if not (decision.changed or asked):
        return
    payment, now = change.payment, clock.now()
    payment.state_number = change.transitions[-1].number
    limit = machine.state(decision.to_state).timeout
    payment.state_times_out_at = None if limit is None else now + dt.timedelta(seconds=limit.seconds)
    first = 0 if decision.command else 1
    change.commands += [
        SagaCommand(
            project_id=payment.project_id,
            payment=payment,
            transition_number=payment.state_number,
            position=position,
            channel=command.channel,
            label=command.label,
            is_side_effect=position > 0,
            next_try_at=now,
        )
        for position, command in enumerate(asked, start=first)
        if is_outside(machine, command) and _is_heard(machine, command)
    ]


def _is_heard(machine: Machine, command: Command) -> bool:
    """Tell whether anybody is there: a built-in notice that this installation has no handler for is no work to be done."""
    is_optional = command.channel in NOTIFY_CHANNELS and command.channel not in machine.channels
    return not is_optional or handlers.is_there(command.channel)
