"""Steps of the saga: each is a row, tried until it is taken, and whatever it does, no money is moved by it."""

import time
import uuid

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from paymenthub.kernel import clock
from payments.models import Attempt, OperatorItem, Payment, SagaCommand
from payments.outbound.carry_out import carry_out
from payments.outbound.retry_commands import retry_commands
from payments.saga.handlers import StepAnswer
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

from .world import handed_out, small_machine, the_command, work

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = {"channel": "notify", "label": "PAYMENT_EXECUTED"}


@pytest.fixture
def steps(project, account, script, install, handle):
    """Pay on a machine whose step does as told; returns what its handler was called with."""
    script.pay = [payment(Outcome.SUCCEEDED)]

    def started(do, **over):
        install(small_machine(**over))
        called = []

        def step(command):
            called.append(command)
            return do(command)

        handle("step", step)
        pay(factories.pay_command(project, buyer={"email": "a@b.test"}, additional_data={"channel": "web"}))
        return called

    return started


def test_a_command_is_written_in_the_transaction_that_asks_for_it(steps):
    steps(lambda command: StepAnswer())

    command, row = the_command(), Payment.objects.get()

    assert (command.payment_id, command.transition_number, command.position) == (row.id, 2, 0)
    assert (command.channel, command.label, command.is_side_effect) == ("step", "stepRequested", False)
    assert (command.state, command.tries, row.state_number) == ("due", 0, 2)


def test_a_handler_gets_the_whole_metadata_and_nothing_else(steps):
    called = steps(lambda command: StepAnswer("passed", {"risk": {"score": 7}}))

    work()

    (command,) = called
    row = Payment.objects.get()
    assert (command.id, command.saga_id, command.payment_id) == (the_command().id, row.public_id, row.id)
    assert command.metadata["amount"] == 1299
    assert command.metadata["additionalData"] == {"channel": "web", "buyer": {"email": "a@b.test"}}
    assert "providerData" not in str(command.metadata)
    assert row.saga_metadata == {"risk": {"score": 7}}


def test_a_handler_that_raises_is_tried_again_with_the_same_id_until_it_answers(steps, script):
    answers = [RuntimeError("card 4111111111111111"), SoftTimeLimitExceeded(), SystemExit(1), StepAnswer("passed")]

    def step(command):
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    called = steps(step)

    seen = []
    for minutes in (0, 1, 5, 30):
        with clock.advanced(minutes * 60):
            work()
            seen.append((the_command().state, the_command().last_error))

    assert [state for state, _ in seen] == ["due", "due", "due", "done"]
    assert seen[0][1].startswith("RuntimeError: card")
    assert "4111111111111111" not in seen[0][1]
    assert {command.id for command in called} == {the_command().id}
    assert (Payment.objects.get().captured, script.count("pay")) == (1299, 1)


def test_a_failing_step_is_given_up_in_the_end_and_put_before_an_operator_and_may_be_tried_again(steps, settings):
    settings.SAGA_COMMAND_RETRY_FOR = 3600
    mood = [ValueError("down")]

    def step(command):
        if mood:
            raise mood[0]
        return StepAnswer("passed")

    called = steps(step)
    for minutes in range(0, 300, 10):
        with clock.advanced(minutes * 60):
            work()

    item = OperatorItem.objects.get()
    assert (item.kind, item.evidence["error"], item.evidence["channel"]) == ("step_failed", "ValueError: down", "step")
    assert the_command().state == "failed"
    assert 5 <= len(called) <= 12
    assert len(the_command().log) <= 10
    assert Payment.objects.get().state == "STEP"

    mood.clear()
    assert (retry_commands(channel="other"), retry_commands(channel="step")) == (0, 1)
    work()
    assert (the_command().state, Payment.objects.get().state) == ("done", "PAID")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("passed", "returned str"),
        (None, "returned NoneType"),
        (StepAnswer(7), "no good StepAnswer"),
        (StepAnswer("noSuchEvent"), "for which STEP has no way"),
        (StepAnswer("not a name"), "letters, digits and underscores"),
        (StepAnswer("x" * 65), "1 to 64"),
        (StepAnswer("paymentExecuted"), "only the provider's own news may"),
        (StepAnswer("paymentExecutedByTheSystem"), "only the provider's own news may"),
        (StepAnswer("paymentFailed"), "only the provider's own news may"),
        (StepAnswer("claimPaid"), "tells of money"),
        (StepAnswer("passed", {"x": "y" * 70_000}), "more than 65536 bytes"),
        (StepAnswer("passed", {"x": object()}), "no JSON"),
        (StepAnswer("passed", [1]), "must be a JSON object"),
    ],
)
def test_a_bad_answer_moves_nothing_and_goes_to_an_operator_at_once(steps, script, answer, why):
    steps(lambda command: answer)

    work()

    row = Payment.objects.get()
    assert (row.state, row.captured, script.asked, Attempt.objects.count()) == ("STEP", 0, [], 0)
    assert (the_command().state, the_command().tries) == ("failed", 1)
    assert why in OperatorItem.objects.get().evidence["error"]


def test_what_must_not_be_kept_is_left_out_of_the_metadata(steps):
    brought = {
        "note": "card 4111 1111 1111 1111\x00",
        "providerData": {"pan": "4111111111111111"},
        "deep": {"provider_data": 1, "api_key": "s", "list": [{"providerData": 2, "ok": True}]},
    }
    steps(lambda command: StepAnswer("passed", brought))

    work()

    kept = Payment.objects.get().saga_metadata
    assert "4111" not in kept["note"].replace("*1111", "")
    assert kept["deep"] == {"api_key": "***", "list": [{"ok": True}]}
    assert set(kept) == {"note", "deep"}


def test_a_machine_that_goes_in_circles_is_stopped(steps, settings, script):
    settings.SAGA_MAX_STEPS = 7
    called = steps(lambda command: StepAnswer("again"))

    work()

    assert (len(called), Payment.objects.get().state, script.asked) == (8, "STEP", [])
    assert "have fed 7 events already" in OperatorItem.objects.get().evidence["error"]
    assert sorted(SagaCommand.objects.values_list("state", flat=True)) == ["done"] * 7 + ["failed"]


def test_a_side_effect_is_carried_out_and_never_holds_the_saga_up(steps, handle, settings, script):
    settings.SAGA_COMMAND_RETRY_FOR = 60

    def broken(command):
        raise OSError("no mail server")

    handle("notify", broken)
    over = {"states": {"STEP": {"side_effects": [NOTICE]}, "PAID": {"side_effects": [NOTICE, NOTICE]}}}
    steps(lambda command: StepAnswer("passed"), **over)

    for seconds in (0, 30, 90, 300):
        with clock.advanced(seconds):
            work()

    row = Payment.objects.get()
    assert (row.state, row.captured) == ("PAID", 1299)
    aside = SagaCommand.objects.filter(is_side_effect=True).order_by("transition_number", "position")
    assert [(c.transition_number, c.position, c.state) for c in aside] == [
        (2, 1, "failed"),
        (4, 1, "failed"),
        (4, 2, "failed"),
    ]
    item = OperatorItem.objects.get()
    assert (item.kind, item.about) == ("step_failed", "side effect notify"), "one item for a channel, however many fail"


def test_a_notice_that_nobody_sends_here_is_no_work(steps):
    steps(lambda command: StepAnswer("passed"), states={"PAID": {"side_effects": [NOTICE]}})
    work()
    assert [command.channel for command in SagaCommand.objects.all()] == ["step"]


def test_a_handler_that_is_not_installed_is_waited_for(project, account, script, install, handle):
    script.pay = [payment(Outcome.SUCCEEDED)]
    install(small_machine())
    pay(factories.pay_command(project))

    work()
    assert the_command().last_error == "the command handler 'step' is not installed here"
    handle("step", lambda command: StepAnswer("passed"))
    with clock.advanced(60):
        work()

    assert Payment.objects.get().state == "PAID"


def test_an_answer_that_comes_after_the_state_was_left_is_not_fed(steps, script):
    steps(lambda command: StepAnswer("passed"))
    Payment.objects.update(state="CANCELLED", state_number=5)

    work()

    assert (the_command().state, Payment.objects.get().state, script.asked) == ("done", "CANCELLED", [])
    assert OperatorItem.objects.count() == 0


def test_a_transaction_that_a_handler_leaves_open_ends_with_it(steps):
    left = [True]

    def step(command):
        if left:
            transaction.set_autocommit(not left.pop())
        return StepAnswer("passed")

    steps(step)

    work()
    assert the_command().last_error == "RuntimeError: the handler left a transaction open"
    assert transaction.get_autocommit()
    with clock.advanced(60):
        work()

    assert Payment.objects.get().state == "PAID"


def test_a_command_is_handed_to_one_worker(steps):
    called = steps(lambda command: StepAnswer("passed"))
    ((command_id, tries),) = handed_out()

    assert handed_out() == [], "it is put off while it is handed out"
    carry_out(command_id, tries=tries)
    assert carry_out(command_id, tries=tries) is None
    assert carry_out(uuid.uuid4()) is None

    assert len(called) == 1


def test_a_step_that_takes_its_process_along_each_time_is_given_up(steps, settings):
    settings.SAGA_COMMAND_RETRY_FOR = 300
    called = steps(lambda command: (_ for _ in ()).throw(KeyboardInterrupt))
    began = time.monotonic()

    for minutes in range(0, 30, 5):
        with clock.advanced(minutes * 60):
            for command_id, tries in handed_out():
                try:
                    carry_out(command_id, tries=tries)
                except KeyboardInterrupt:
                    continue  # the process is gone: nothing is recorded

    assert the_command().state == "failed"
    assert OperatorItem.objects.get().evidence["error"] == "no try came to an end"
    assert 1 <= len(called) <= 4
    assert time.monotonic() - began < 10
