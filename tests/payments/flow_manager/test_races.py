"""Two at the same moment: one command, one call to the provider, one event told; and what happens without the claim."""

import pytest

from payments.flow_manager import tell as telling
from payments.flow_manager.execute import run_command
from payments.flow_manager.tell import tell
from payments.models import FlowCommand, FlowEvent, Payment
from providers.types import Outcome
from tests import scripted
from tests.concurrency.race import errors_in, together

from .conftest import FlowManager, pay_metadata, work

pytestmark = pytest.mark.django_db(transaction=True)


def twins(flow_manager: FlowManager) -> list[FlowManager]:
    """The same Flow Manager on two connections: a test client is one thread's."""
    return [FlowManager(type(flow_manager.api)(flow_manager.api.secret), flow_manager.heard) for _ in range(2)]


def test_a_command_that_comes_twice_at_once_is_one(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    one, two = twins(flow_manager)

    answers = together(one.pay, two.pay)

    assert sorted(answer.json()["repeated"] for answer in answers) == [False, True]
    command = FlowCommand.objects.get()
    together(*[lambda: run_command(command.id, tries=0)] * 2)
    assert (script.count("pay"), Payment.objects.count()) == (1, 1)


def test_a_named_refund_that_comes_twice_at_once_is_one(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 500)]
    flow_manager.pay()
    work()
    one, two = twins(flow_manager)

    answers = together(lambda: one.refund(500, refundId="r"), lambda: two.refund(500, refundId="r"))
    assert errors_in(answers) == []
    command = FlowCommand.objects.get(step="refund")
    together(*[lambda: run_command(command.id, tries=0)] * 2)

    assert (script.count("refund"), Payment.objects.get().refunded_by_us) == (1, 500)


def told_at_once(flow_manager, script) -> int:
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    flow_manager.command("pay", pay_metadata())
    run_command(FlowCommand.objects.get().id, tries=0)
    event = FlowEvent.objects.get()
    together(*[lambda: tell(event.id, tries=0)] * 2)
    return len(flow_manager.heard.received)


def test_an_event_is_told_once_by_two_workers(flow_manager, script):
    assert told_at_once(flow_manager, script) == 1


def test_without_the_claim_both_would_tell_it(flow_manager, script, monkeypatch):
    monkeypatch.setattr(telling, "claim_event", lambda event_id, tries: FlowEvent.objects.get(pk=event_id))
    assert told_at_once(flow_manager, script) == 2
