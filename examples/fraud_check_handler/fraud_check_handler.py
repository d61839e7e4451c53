"""Refuse orders that are too large for a buyer nobody knows. Put your own rules, or a call to your own service, here.

The hub calls `check` with the same `command.id` again where a worker died: asking twice must do no harm.
"""

from payments.saga.handlers import StepAnswer, StepCommand

MOST_FOR_A_STRANGER = 100_000
"""Minor units."""


def check(command: StepCommand) -> StepAnswer:
    """Answer with the event that the machine goes on with, and what is to be remembered of the check."""
    amount = int(command.metadata["amount"])
    buyer = command.metadata["additionalData"].get("buyer", {})
    if amount > MOST_FOR_A_STRANGER and not buyer.get("id"):
        return StepAnswer("fraudCheckFailed", {"fraudCheck": {"passed": False, "rule": "large order, unknown buyer"}})
    return StepAnswer("fraudCheckPassed", {"fraudCheck": {"passed": True}})
