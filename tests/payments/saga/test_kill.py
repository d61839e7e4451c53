"""A process dies before and after each durable step of a payment with steps: it ends paid, charged once, told once.

`Killed` is no Exception, so nothing catches it: what was not committed is gone, what was is all that the next process
finds. `test_kill_9.py` does the same with real processes.
"""

import contextlib
import datetime as dt
from unittest import mock

import pytest
from django.core.cache import cache

from paymenthub.kernel import clock
from payments import outbox
from payments.attempts import reconcile, start
from payments.attempts import run as runner
from payments.models import Attempt, Delivery, OperatorItem, OutboxEvent, Payment, SagaCommand
from payments.outbound import carry_out as carrying
from payments.outbound import relay
from payments.saga.handlers import StepAnswer
from payments.services import feed_event
from payments.services import pay as paying
from payments.services.pay import pay
from payments.verdicts import apply as verdicts
from tests import factories
from tests.payments.lifecycle.psp import Psp

from .world import FRAUD_CHECK, handed_out, work

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """SIGKILL."""


class Once:
    """Die at the first call, before or after doing it; from then on do it."""

    def __init__(self, real, *, after=False):
        self.real, self.after, self.died = real, after, False

    def __call__(self, *args, **kwargs):
        if self.died:
            return self.real(*args, **kwargs)
        self.died = True
        if self.after:
            self.real(*args, **kwargs)
        raise Killed


@pytest.fixture
def psp(project, account, script, install, handle):
    """Fraud check, charge and mail, with what each of them did."""
    psp = Psp()
    script.pay = [psp.answer(lambda call, request: psp.pay(call, request, manual=False))]
    script.fetch = [psp.fetch]
    psp.checked, psp.mailed = [], []

    def check(command):
        psp.checked.append(command.id)
        return StepAnswer("fraudCheckPassed")

    def mail(command):
        psp.mailed.append((command.id, command.label))
        return StepAnswer("notificationSent")

    install(FRAUD_CHECK)
    handle("fraud_check", check)
    handle("notify", mail)
    return psp


def pay_and_recover(project, command=None):
    """Pay, and let processes come and go until nothing is due any more."""
    command = command or factories.pay_command(project, callback_url="https://shop.test/news")
    with contextlib.suppress(Killed):
        pay(command)
    for seconds in (0, 65, 130, 200, 300, 420, 550):
        with clock.advanced(seconds):
            if seconds == 65 and not Payment.objects.exists():
                pay(command)  # the order system, whose connection broke, sends the same request again
            for _ in range(2):
                with contextlib.suppress(Killed):
                    work()
                for attempt_id in reconcile.due():
                    with contextlib.suppress(Killed):
                        reconcile.poll(attempt_id)
    return command


def assert_all_is_well(psp, command):
    row = Payment.objects.get()
    assert (row.state, row.captured, psp.charges) == ("PAYMENT_EXECUTED", 1299, 1)
    assert Attempt.objects.get().state == "SUCCEEDED"
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.captured"]
    assert Delivery.objects.count() == 1
    assert set(SagaCommand.objects.values_list("channel", "state")) == {("fraudCheck", "done"), ("notify", "done")}
    assert psp.checked
    assert len(set(psp.checked)) == 1
    assert len(set(psp.mailed)) == 1
    assert OperatorItem.objects.count() == 0
    assert pay(command).replayed


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        pytest.param(paying.Change, "save", False, id="pay: before T1"),
        pytest.param(paying, "without_attempt", False, id="pay: T1 is committed, nobody was answered"),
        pytest.param(relay.locks, "due_commands", True, id="relay: commands are claimed and not handed out"),
        pytest.param(carrying, "call", False, id="worker: the command is claimed"),
        pytest.param(carrying, "call", True, id="worker: the check was made"),
        pytest.param(carrying, "_done", True, id="worker: event fed and command done, not committed"),
        pytest.param(feed_event.saga, "advance", True, id="worker: the saga went on, not committed"),
        pytest.param(carrying, "feed", True, id="worker: fed and committed, nobody told to charge"),
        pytest.param(start.locks, "begin_attempt", True, id="charge: opened, not committed"),
        pytest.param(start, "run", False, id="charge: opened, nothing sent"),
        pytest.param(runner, "ask", False, id="charge: at the door of the PSP"),
        pytest.param(runner, "ask", True, id="charge: the PSP has charged, nobody has heard"),
        pytest.param(runner, "apply", False, id="T2: heard, not begun"),
        pytest.param(verdicts, "enact", True, id="T2: not committed"),
        pytest.param(runner, "apply", True, id="T2: committed"),
        pytest.param(outbox, "tell_subscribers", True, id="relay: publishing, not committed"),
        pytest.param(relay, "publish_due", True, id="relay: published"),
    ],
)
def test_killed_once_anywhere(project, psp, monkeypatch, where, name, after):
    once = Once(getattr(where, name), after=after)
    # A method needs its object; a function of a module does not.
    replaced = (lambda *args, **kwargs: once(*args, **kwargs)) if isinstance(where, type) else once
    monkeypatch.setattr(where, name, replaced)

    command = pay_and_recover(project)

    assert once.died, "it was never there"
    assert_all_is_well(psp, command)


@pytest.mark.parametrize("handler", ["checked", "mailed"])
def test_killed_in_a_handler_it_is_called_again_with_the_same_id(project, psp, handle, monkeypatch, handler):
    done = getattr(psp, handler)

    class DiesOnce(list):
        def append(self, item):
            super().append(item)
            if len(self) == 1:
                raise Killed

    setattr(psp, handler, DiesOnce(done))

    command = pay_and_recover(project)

    assert len(getattr(psp, handler)) == 2
    assert_all_is_well(psp, command)


def test_killed_at_every_step_of_one_payment(project, psp, monkeypatch):
    deaths = []
    for where, name, after in [
        (carrying, "call", True), (carrying, "feed", True), (start, "run", False), (runner, "ask", True),
        (runner, "apply", False), (relay, "publish_due", True),
    ]:  # fmt: skip
        deaths.append(Once(getattr(where, name), after=after))
        monkeypatch.setattr(where, name, deaths[-1])

    command = pay_and_recover(project)

    assert sum(death.died for death in deaths) >= 5
    assert_all_is_well(psp, command)


def test_a_broker_that_loses_every_message_costs_a_minute(project, psp):
    command = factories.pay_command(project, callback_url="https://shop.test/news")
    pay(command)
    assert len(handed_out()) == 1, "and the message is lost"
    assert handed_out() == []
    with clock.advanced(61):
        work()
    with clock.advanced(130):
        work()
    assert_all_is_well(psp, command)


def test_killed_before_the_charge_was_sent_and_its_data_is_gone_meanwhile(project, psp, monkeypatch):
    monkeypatch.setattr(start, "run", Once(start.run))
    command = factories.pay_command(project, provider_data={"token": "t"})
    pay(command)
    with contextlib.suppress(Killed):
        work()
    cache.clear()
    for seconds in (70, 200, 1200, 2400):
        with clock.advanced(seconds):
            for attempt_id in reconcile.due():
                reconcile.poll(attempt_id)

    row = Payment.objects.get()
    assert (row.state, psp.charges, row.claimed_shop_transaction_id) == ("PAYMENT_FAILED", 0, None)
    assert Attempt.objects.get().state == "NOT_SENT"


def test_control_without_the_claim_a_command_would_be_carried_out_by_every_worker(project, psp):
    pay(factories.pay_command(project))
    ((command_id, tries),) = handed_out()
    with mock.patch.object(carrying, "claim_command", return_value=True):
        carrying.carry_out(command_id, tries=tries)
        carrying.carry_out(command_id, tries=tries)
    assert len(psp.checked) == 2
    assert Attempt.objects.count() == 1, "and even so one charge is commanded"


def test_leases_outlast_the_hardest_limit_of_a_try():
    assert carrying._LEASE > carrying.HARD_SECONDS > carrying.SOFT_SECONDS
    assert dt.timedelta(seconds=carrying._LEASE) < dt.timedelta(minutes=5)
