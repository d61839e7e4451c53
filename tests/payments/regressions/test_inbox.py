"""What a review of notifications proved: each was wrong once."""

import contextlib
import datetime as dt
from dataclasses import replace

import pytest

from paymenthub.kernel import clock
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, OperatorItem, Payment
from payments.services.pay import pay
from payments.services.provider_accounts import replace_config
from providers.errors import NO_REFERENCE, OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests import factories, scripted
from tests.scripted import ScriptedDriver, notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)


def post(client, account, body):
    return client.post(f"/c/{account.webhook_token}", body, content_type="application/json", headers={"X-Secret": "s"})


@pytest.fixture
def hints_only(monkeypatch):
    real = ScriptedDriver.notification
    monkeypatch.setattr(ScriptedDriver, "notification", lambda self, *a: replace(real(self, *a), reread=True))


def test_a_hint_is_not_done_while_the_psp_could_not_be_asked(client, project, account, script, hints_only):
    script.pay = [OutcomeUnknown("timeout")]
    pay(factories.pay_command(project, provider_data={"token": "tok_1"}))
    attempt = Attempt.objects.get()
    from payments.attempts import provider_data

    def fetch(call, request):  # as Stripe: only by an id
        if not psp_is_up or not request.references:
            raise Unavailable("x", psp_code="" if not psp_is_up else NO_REFERENCE)
        return payment(Outcome.SUCCEEDED)

    script.fetch = [fetch]
    psp_is_up = False
    post(client, account, notification_body(Outcome.SUCCEEDED, reference=attempt.public_id))
    process(InboxMessage.objects.get().pk)
    provider_data.erase(attempt.id)  # ten minutes are over
    psp_is_up = True
    with clock.advanced(3600):
        process(InboxMessage.objects.get().pk)
        from payments.attempts import reconcile
        from payments.models import Source

        reconcile.check(attempt.id, source=Source.SYSTEM)
    assert Payment.objects.get().captured == 1299


def test_a_refund_of_a_driver_that_only_hints_is_read_again(client, project, account, script, hints_only):
    """Unordered events: refund.failed first, then refund.created (succeeded) late. The PSP says: failed."""
    from paymenthub.kernel.money import Money
    from payments.services.ordering import By
    from payments.services.refund import RefundCommand, refund

    script.pay = [payment(Outcome.SUCCEEDED)]
    row = pay(factories.pay_command(project)).payment
    script.refund = [scripted.refund(Outcome.PENDING, 500)]
    refund(RefundCommand(row, Money(500, "EUR")), By())
    a = Attempt.objects.get(kind="refund")
    script.fetch = [[payment(Outcome.SUCCEEDED), scripted.refund(Outcome.DECLINED, 500, attempt_reference=a.public_id)]]
    for key, outcome in (("e1", Outcome.DECLINED), ("e2", Outcome.SUCCEEDED)):
        post(client, account, notification_body(outcome, key=key, reference=a.public_id, about="refund", amount=500))
    for pk in InboxMessage.objects.order_by("created_at").values_list("pk", flat=True):
        process(pk)
    row.refresh_from_db()
    assert (row.refunded_by_us, row.refundable) == (0, 1299)


def test_a_kept_notification_survives_a_new_webhook_secret(client, project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    a = Attempt.objects.get()
    assert post(client, account, notification_body(Outcome.SUCCEEDED, reference=a.public_id)).status_code == 200

    replace_config(account=account, config={"api_key": "k", "webhook_secret": "new"})
    process(InboxMessage.objects.get().pk)

    assert Payment.objects.get().captured == 1299


def test_a_notification_that_cannot_be_worked_on_calls_a_person(client, project, account, script, monkeypatch):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    a = Attempt.objects.get()
    post(client, account, notification_body(Outcome.SUCCEEDED, reference=a.public_id))
    monkeypatch.setattr("payments.inbox.hand_on.apply", lambda **_: 1 / 0)
    for n in range(30):
        with clock.advanced(n * 7200), contextlib.suppress(Exception):
            process(InboxMessage.objects.get().pk)
    m = InboxMessage.objects.get()
    assert m.error
    assert OperatorItem.objects.exists()


def test_the_signature_is_kept_behind_many_headers(client, project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    a = Attempt.objects.get()
    many = {f"X-A{n}": "1" for n in range(45)} | {"X-Secret": "s"}
    r = client.post(
        f"/c/{account.webhook_token}",
        notification_body(Outcome.SUCCEEDED, reference=a.public_id),
        content_type="application/json",
        headers=many,
    )
    assert r.status_code == 200
    process(InboxMessage.objects.get().pk)
    assert Payment.objects.get().captured == 1299


def test_a_capture_told_by_the_psp_is_not_dropped(client, project, account, script, monkeypatch):
    from payments.models import CaptureMode

    script.pay = [payment(Outcome.AUTHORIZED)]
    pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL))
    v = scripted.capture(Outcome.SUCCEEDED, 1299, parent=payment(Outcome.SUCCEEDED).references)
    monkeypatch.setattr("tests.scripted._read", lambda told: v)
    post(client, account, notification_body(Outcome.SUCCEEDED, reference=""))
    process(InboxMessage.objects.get().pk)
    assert Payment.objects.get().captured == 1299 or OperatorItem.objects.exists()


def test_a_sandbox_signature_of_strange_digits_is_refused_and_no_crash():
    from providers.drivers.sandbox import webhook
    from providers.errors import WebhookRejected
    from providers.types import InboundRequest

    with pytest.raises(WebhookRejected):
        webhook.verify(
            InboundRequest("POST", b"{}", {"sandpay-signature": "t=\xb2,v1=00"}, {}, clock.now()),
            ["s"],
            dt.timedelta(seconds=300),
        )
