"""What a PSP is answered, and what is kept of what it sent."""

import pytest

from paymenthub.kernel import clock
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, InboxState, OperatorItem, Payment
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nudged(monkeypatch) -> list[str]:
    ids: list[str] = []
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda _, message_id: ids.append(message_id))
    return ids


@pytest.fixture
def pending(project, account, script) -> Attempt:
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    return Attempt.objects.get()


def post(client, path, body, secret="s"):
    return client.post(path, body, content_type="application/json", headers={"X-Secret": secret})


def work() -> list[InboxState | None]:
    return [process(pk) for pk in InboxMessage.objects.order_by("created_at").values_list("pk", flat=True)]


@pytest.mark.parametrize("path", ["/c/{token}", "/scripted/callback", "/v3/scripted/callback", "/webhooks/scripted"])
def test_a_notification_at_any_of_its_paths_settles_the_payment(client, account, pending, path, nudged):
    body = notification_body(Outcome.SUCCEEDED, reference=pending.public_id)

    response = post(client, path.format(token=account.webhook_token), body)

    assert (response.status_code, response.content) == (200, b"")
    assert nudged == [str(InboxMessage.objects.get().id)]
    assert Payment.objects.get().captured == 0  # understanding comes after the answer
    assert work() == [InboxState.DONE]
    assert Payment.objects.get().captured == 1299


def test_s20_the_same_event_twice_is_kept_once_and_answered_200_both_times(client, account, pending):
    body = notification_body(Outcome.SUCCEEDED, reference=pending.public_id)

    answers = [post(client, f"/c/{account.webhook_token}", body).status_code for _ in range(3)]
    work()

    assert (answers, InboxMessage.objects.count()) == ([200, 200, 200], 1)


def test_s24_a_forged_one_is_refused_and_nothing_of_it_is_kept(client, account, pending):
    response = post(client, f"/c/{account.webhook_token}", notification_body(Outcome.SUCCEEDED), secret="guess")

    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
    assert InboxMessage.objects.count() == 0


def test_s29_a_huge_one_is_refused_before_it_is_read(client, account, settings):
    settings.WEBHOOK_MAX_BYTES = 1024

    response = post(client, f"/c/{account.webhook_token}", b"x" * 1025)

    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("path", ["/c/nobody", "/nobody/callback", "/scripted/callback/undeclared"])
def test_an_unknown_path_is_404(client, account, path):
    assert post(client, path, b"{}").status_code == 404


def test_s23_the_same_event_with_other_content_is_kept_for_a_person_and_never_applied(client, account, pending):
    first = notification_body(Outcome.DECLINED, reference=pending.public_id)
    other = notification_body(Outcome.SUCCEEDED, reference=pending.public_id)

    for body in (first, other, other):
        assert post(client, f"/c/{account.webhook_token}", body).status_code == 200
    work()

    assert sorted(InboxMessage.objects.values_list("state", flat=True)) == ["conflict", "done"]
    assert OperatorItem.objects.get().kind == "conflict"
    assert Payment.objects.get().captured == 0


def test_s21_one_for_an_unknown_payment_waits_and_then_calls_a_person(client, account, pending):
    body = notification_body(Outcome.SUCCEEDED, reference="", id="psp_unknown")
    post(client, f"/c/{account.webhook_token}", body)
    for hours in range(1, 11):
        with clock.advanced(hours * 7200):
            assert work() == [InboxState.UNMATCHED]

    message = InboxMessage.objects.get()
    assert (message.tries, OperatorItem.objects.get().kind) == (10, "unmatched")
    assert message.next_try_at is not None


def test_s28_another_amount_is_held(client, account, pending):
    body = notification_body(Outcome.SUCCEEDED, reference=pending.public_id, amount=1)
    post(client, f"/c/{account.webhook_token}", body)

    work()

    pending.refresh_from_db()
    assert (pending.state, pending.payment.captured) == ("PENDING", 0)
    assert OperatorItem.objects.get().kind == "amount_mismatch"


def test_s7_s22_a_late_lower_state_changes_nothing(client, account, pending):
    for key, outcome in (("evt_1", Outcome.SUCCEEDED), ("evt_2", Outcome.PENDING), ("evt_3", Outcome.DECLINED)):
        post(client, f"/c/{account.webhook_token}", notification_body(outcome, key=key, reference=pending.public_id))
    work()

    row = Payment.objects.get()
    assert (row.state, row.captured) == ("PAYMENT_EXECUTED", 1299)
    assert row.events.count() == 1


def test_s27_one_that_speaks_of_another_account_changes_nothing(client, account, pending, monkeypatch):
    account.external_id = "acct_ours"
    account.save()
    monkeypatch.setattr(
        "tests.scripted.payment", lambda outcome, **over: payment(outcome, **over, account="acct_theirs")
    )
    post(client, f"/c/{account.webhook_token}", notification_body(Outcome.SUCCEEDED, reference=pending.public_id))

    work()

    assert (Payment.objects.get().captured, OperatorItem.objects.get().kind) == (0, "account_mismatch")


def test_s75_a_live_notification_for_a_test_account_changes_nothing(client, account, pending, monkeypatch):
    monkeypatch.setattr("tests.scripted.payment", lambda outcome, **over: payment(outcome, **over, live=True))
    post(client, f"/c/{account.webhook_token}", notification_body(Outcome.SUCCEEDED, reference=pending.public_id))

    work()

    assert (Payment.objects.get().captured, OperatorItem.objects.get().kind) == (0, "account_mismatch")
