"""S20, S21, S31: pay, webhook, return, status and check at the same moment make one transition and one callback."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from paymenthub.kernel.errors import Busy
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, OutboxEvent, Payment, Source
from payments.services import pay as paying
from payments.services.pay import pay
from payments.services.status import check, read_status
from providers.types import Outcome
from tests import factories
from tests.scripted import notification_body, payment

from . import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


def deliver_webhook(account: Any, attempt: Attempt, key: str) -> Callable[[], None]:
    """What a PSP's notification does: the HTTP door, then the worker."""

    def run() -> None:
        body = notification_body(Outcome.SUCCEEDED, key=key, reference=attempt.public_id)
        path = f"/c/{account.webhook_token}"
        response = Client().post(path, body, content_type="application/json", headers={"X-Secret": "s"})
        assert response.status_code == 200
        for message_id in InboxMessage.objects.filter(event_key=key).values_list("pk", flat=True):
            process(message_id)

    return run


def executed_once(row: Payment) -> None:
    row.refresh_from_db()
    taken = [t.event for t in row.transitions.filter(to_state="PAYMENT_EXECUTED", unexpected=False)]
    assert len(taken) == 1, taken
    assert not row.transitions.filter(unexpected=True).exists()
    assert OutboxEvent.objects.filter(payment=row, type="payment.captured").count() == 1
    assert sorted(row.movements.values_list("kind", "amount")) == [("authorized", 1299), ("captured", 1299)]
    assert (row.captured, row.state) == (1299, "PAYMENT_EXECUTED")
    sequences = list(OutboxEvent.objects.filter(payment=row).order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    # A notification that fails is caught, written down and tried again: without this look its loss of a race goes unseen.
    keys = [f"evt-{row.id.hex}", *(f"evt-{attempt.id.hex}" for attempt in row.attempts.all())]
    assert set(InboxMessage.objects.filter(event_key__in=keys).values_list("error", flat=True)) == {""}


def one_round(project: Any, account: Any, script: Any) -> Payment:
    script.pay = [payment(Outcome.ACTION_REQUIRED, id="")]
    script.fetch = [payment(Outcome.SUCCEEDED, id="")]
    command = factories.pay_command(project)
    row = pay(command).payment
    attempt = Attempt.objects.get(payment=row)
    results = race.together(
        deliver_webhook(account, attempt, f"evt-{row.id.hex}"),
        deliver_webhook(account, attempt, f"evt-{row.id.hex}"),
        lambda: read_status(Payment.objects.get(pk=row.pk), source=Source.RETURN),
        lambda: read_status(Payment.objects.get(pk=row.pk)),
        lambda: check(Payment.objects.get(pk=row.pk)),
        lambda: pay(command),
    )
    assert race.errors_in(results) == []
    return row


@pytest.fixture
def no_broker(monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)


def test_s31_webhook_return_status_check_and_a_second_pay_make_one_transition(project, account, script, no_broker):
    for _ in range(ROUNDS):
        executed_once(one_round(project, account, script))


def test_s31_control_without_the_lock_it_fails_every_time(project, account, script, no_broker, monkeypatch):
    failed = 0
    for _ in range(ROUNDS):
        with monkeypatch.context() as patch:
            race.lock_taken_away(patch, readers=4, after=1)
            try:
                executed_once(one_round(project, account, script))
            except AssertionError:
                failed += 1
    assert failed == ROUNDS


def test_s21_a_webhook_that_comes_before_the_psp_answers_makes_one_transition(project, account, script, no_broker):
    def webhook_first(call: Any, request: Any) -> Any:
        attempt = Attempt.objects.get(idempotency_key=call.idempotency_key)
        deliver_webhook(account, attempt, f"evt-{attempt.id.hex}")()
        return payment(Outcome.SUCCEEDED, id="")

    script.pay = [webhook_first]

    answer = pay(factories.pay_command(project))

    assert answer.result == "OK"
    executed_once(answer.payment)


def test_s3_sixty_four_equal_pays_at_once_make_one_attempt_and_one_charge(
    project, account, script, settings, monkeypatch
):
    # On a busy machine 64 threads may need longer than an equal request is let wait before it is told to come again.
    monkeypatch.setattr(paying, "_LONGEST_WAIT", 60.0)
    settings.PSP_MAX_IN_FLIGHT = 64
    script.pay = [payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project)

    results = race.together(*[lambda: pay(command)] * 64)

    assert race.errors_in(results) == []
    assert {result.payment.id for result in results} == {Payment.objects.get().id}
    assert {str(result.result) for result in results} <= {"OK", "PENDING"}
    assert (script.count("pay"), Attempt.objects.count()) == (1, 1)


def test_s3_where_there_is_no_room_equal_pays_are_told_so_or_get_the_first_ones_result(
    project, account, script, settings
):
    settings.PSP_MAX_IN_FLIGHT = 2
    script.pay = [payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project)

    results = race.together(*[lambda: pay(command)] * 32)

    refused = race.errors_in(results)
    assert {type(error) for error in refused} <= {Busy}
    assert {result.payment.id for result in results if result not in refused} == {Payment.objects.get().id}
    assert (script.count("pay"), Attempt.objects.count()) == (1, 1)
