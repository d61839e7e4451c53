"""`kill -9` of a worker in the middle of a step: the next worker ends what it began."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.models import Attempt, Payment, SagaCommand
from payments.saga.handlers import StepAnswer
from payments.services.pay import pay
from tests import factories
from tests.architecture.sources import ROOT
from tests.payments.lifecycle.psp import Psp

from .world import FRAUD_CHECK, the_command, work

pytestmark = pytest.mark.django_db(transaction=True)


def kill_nine(command: SagaCommand, where: str) -> None:
    """Let a worker of its own carry the command out, and kill it where it stands."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    program = [sys.executable, "-m", "tests.payments.saga.killable", str(command.pk), where]
    environment = os.environ | {"DATABASE_URL": database}
    with subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        said = worker.stdout.readline()
        worker.kill()
        rest = worker.stdout.read()
    assert (said, rest, worker.returncode) == ("here\n", "", -9)


@pytest.mark.parametrize("where", ["handler", "fed", "committed", "charged"])
def test_the_next_worker_ends_it_with_one_charge(project, account, script, install, handle, where):
    psp, called = Psp(), []
    script.pay = [psp.answer(lambda call, request: psp.pay(call, request, manual=False))]
    script.fetch = [psp.fetch]
    install(FRAUD_CHECK)
    handle("fraud_check", lambda command: (called.append(command.id), StepAnswer("fraudCheckPassed"))[1])
    pay(factories.pay_command(project))
    command = the_command()

    kill_nine(command, where)

    before = (SagaCommand.objects.get().state, list(Attempt.objects.values_list("state", flat=True)))
    assert (
        before
        == {
            "handler": ("due", []),
            "fed": ("due", []),
            "committed": ("done", ["READY"]),
            "charged": ("done", ["OPEN"]),
        }[where]
    )
    if where == "charged":
        # What the killed one has charged is known to the PSP: with the key, that is of the attempt.
        attempt = Attempt.objects.get()
        psp.amount = psp.held = psp.captured = 1299
        psp.attempt, psp.charges = attempt.public_id, 1
        psp.seen.add(attempt.idempotency_key)
    for seconds in (0, 65, 130, 300, 400):
        with clock.advanced(seconds):
            work()
            for attempt_id in reconcile.due():
                reconcile.poll(attempt_id)

    row = Payment.objects.get()
    assert (row.state, row.captured, psp.charges) == ("PAYMENT_EXECUTED", 1299, 1)
    assert called == ([command.id] if where in ("handler", "fed") else [])
    assert SagaCommand.objects.get().state == "done"
