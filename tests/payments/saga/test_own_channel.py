"""A machine whose PSP operations go to a channel of its own: the hub asks no provider, and time ends nothing."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import OperationInProgress
from payments.domain.attempt import ItemKind
from payments.models import Attempt, OperatorItem, Payment, SagaCommand, Source
from payments.saga.handlers import StepAnswer
from payments.services.cancel import cancel
from payments.services.expire_due import due_for_expiry
from payments.services.feed_event import EventRefused, feed
from payments.services.give_up import put_before_operators
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.results import Result
from tests import factories

from .world import small_machine, time_goes_by, with_channel, work

pytestmark = pytest.mark.django_db(transaction=True)
OWN_PAY = {"id": "pay", "type": "handler", "configurations": {"handler": "their_pay"}}


@pytest.fixture
def sent(project, account, script, install, handle) -> list[str]:
    """Pay on a machine that charges by a channel of its own; return the labels that went there."""
    labels: list[str] = []

    def their_pay(command):
        labels.append(command.label)
        return StepAnswer()

    handle("their_pay", their_pay)
    limit = {"timeout": {"seconds": 60, "event": "giveUp"}}
    states = {"CREATED": {"ways": {"scheduleRequested": "CHARGING"}}, "CHARGING": limit}
    machine = with_channel(small_machine(states=states), OWN_PAY)
    machine["states"] = [state for state in machine["states"] if state["id"] not in ("STEP", "CANCELLED")]
    install(machine)
    answer = pay(factories.pay_command(project))
    assert (answer.result, answer.payment.state) == (Result.PENDING, "CHARGING")
    work()
    return labels


def test_the_operation_goes_to_the_channel_and_no_provider_is_asked(sent, script):
    assert sent == ["paymentScheduled"]
    assert (script.asked, [attempt.state for attempt in Attempt.objects.all()]) == ([], ["OPEN"])
    assert SagaCommand.objects.get().channel == "pay"


def test_a_fed_event_cannot_tell_of_money(sent):
    row = Payment.objects.get()
    with pytest.raises(EventRefused):
        feed(row.pk, "paymentExecuted", source=Source.API)
    row.refresh_from_db()
    assert (row.state, row.captured) == ("CHARGING", 0)


def test_what_a_silent_channel_never_told_of_can_be_decided_by_a_person_in_the_end(sent, settings):
    with clock.advanced(settings.POLL_GIVE_UP_AFTER + 60):
        put_before_operators()
    assert [attempt.state for attempt in Attempt.objects.all()] == ["UNKNOWN"]
    assert OperatorItem.objects.get().kind == ItemKind.IN_DOUBT


def test_neither_time_nor_a_cancel_ends_what_another_service_may_have_charged(sent):
    row = Payment.objects.get()
    with pytest.raises(OperationInProgress):
        cancel(row, By())
    for hours in (1, 48):
        with clock.advanced(hours * 3600):
            time_goes_by()
            assert due_for_expiry() == []
    row.refresh_from_db()
    assert (row.state, row.claimed_shop_transaction_id is None) == ("CHARGING", False)
    # Nobody can be asked: a person is told, and may decide it.
    assert [attempt.state for attempt in Attempt.objects.all()] == ["UNKNOWN"]
    assert OperatorItem.objects.get().kind == ItemKind.STEP_FAILED
