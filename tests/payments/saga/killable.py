"""A worker of its own for `test_kill_9.py`: `python -m tests.payments.saga.killable COMMAND_ID WHERE`.

It says «here» where it was told to, and stands still to be killed.
"""

import sys
import time
import uuid
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the setup, as everything of Django's

from payments.attempts import run, start  # noqa: E402
from payments.outbound import carry_out  # noqa: E402
from payments.saga import handlers  # noqa: E402
from payments.saga.handlers import StepAnswer, StepCommand  # noqa: E402
from payments.selectors import machines  # noqa: E402
from tests.payments.lifecycle.psp import Psp  # noqa: E402
from tests.scripted import Script  # noqa: E402

from .world import FRAUD_CHECK, machine  # noqa: E402


def here(*_: Any, **__: Any) -> Any:
    """Say so, and wait for SIGKILL."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    time.sleep(60)


def main(command_id: uuid.UUID, where: str) -> None:
    """Carry the command out, and the charge that it commands, as far as `where`."""
    settings.PROVIDER_DRIVERS = ["tests.scripted.ScriptedDriver"]
    fraud_check = machine(FRAUD_CHECK)
    machines._built_in = lambda: {(fraud_check.name, fraud_check.version): (fraud_check, FRAUD_CHECK)}  # type: ignore[assignment]

    def check(command: StepCommand) -> StepAnswer:
        if where == "handler":
            here()
        return StepAnswer("fraudCheckPassed")

    handlers.forget("notify")
    handlers.register("fraud_check", check)
    if where == "fed":
        carry_out._done = here
    psp = Psp()
    Script.current = Script(pay=[psp.answer(lambda call, request: psp.pay(call, request, manual=False))])
    if where == "charged":
        run.apply = here
    attempt_id = carry_out.carry_out(command_id)
    if where == "committed":
        here()
    if attempt_id is not None:
        start.start(attempt_id)


if __name__ == "__main__":
    main(uuid.UUID(sys.argv[1]), sys.argv[2])
