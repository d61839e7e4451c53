"""What a review of drivers, keys and the poller proved: each was wrong once."""

import json

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.http import Response
from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.models import Attempt, InboxMessage, Source
from payments.services.pay import pay
from providers.errors import DriverError, OutcomeUnknown
from providers.port import Call
from providers.types import Account, CaptureRequest, Outcome, Reference, RefundRequest, Subject, Verdict
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("what", ["refund", "capture"])
def test_an_amount_that_stripe_cannot_express_is_refused_and_not_in_doubt(what):
    """KWD 1.234: Stripe wants a 0 as the third decimal. Nothing is sent, so nothing may be «unknown»."""
    from providers.drivers.stripe import StripeDriver

    call = Call(Account("a", False, {"secret_key": "sk_test_1"}), None, "key-1", "att_1")
    refs = (Reference("intent", "pi_1"),)
    request = (
        RefundRequest(Money(1234, "KWD"), refs, "o", "att_1")
        if what == "refund"
        else CaptureRequest(Money(1234, "KWD"), refs, "o")
    )
    with pytest.raises(DriverError):  # anything else is turned into UNKNOWN by attempts/ask.py
        getattr(StripeDriver(), what)(call, request)


@pytest.mark.parametrize("status", [408, 425])
def test_a_timeout_that_somebody_in_between_tells_is_no_refusal(status):
    """408 says that the request was not answered in time, not that nothing happened."""
    from providers.drivers.sandbox import SandboxDriver

    class Wire:
        def send(self, request, on_exchange=None):
            return Response(status, {"content-type": "application/json"}, b'{"message": "upstream request timeout"}', 5)

    call = Call(Account("a", False, {"base_url": "http://x", "api_key": "k"}), Wire(), "key", "att_1")
    with pytest.raises(OutcomeUnknown):
        SandboxDriver().refund(call, RefundRequest(Money(100, "EUR"), (Reference("payment", "p"),), "o", "att_1"))


def test_the_callers_payment_token_is_not_in_the_database(client, project, script, settings, monkeypatch):
    """Stripe's events name the pm_… that came in as providerData; `client.py` masks it in exchanges, the inbox keeps it."""
    import hashlib
    import hmac

    settings.PROVIDER_DRIVERS = ["providers.drivers.stripe.StripeDriver"]
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)
    acc = factories.make_account(
        project, provider="stripe", config={"secret_key": "sk_test_1", "webhook_secret": "whsec_x"}
    )
    now = int(clock.now().timestamp())
    body = json.dumps(
        {
            "object": "event",
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "livemode": False,
            "data": {
                "object": {
                    "id": "pi_1",
                    "object": "payment_intent",
                    "payment_method": "pm_1NvQx2eZvKYlo2C0",
                    "metadata": {},
                }
            },
        }
    ).encode()
    sig = hmac.new(b"whsec_x", f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    r = client.post(
        f"/c/{acc.webhook_token}",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={now},v1={sig}"},
    )
    assert r.status_code == 200
    assert b"pm_1NvQx2eZvKYlo2C0" not in bytes(InboxMessage.objects.get().body)


def test_poll_gives_pending_ones_longer_and_longer_pauses(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    script.fetch = [payment(Outcome.ACTION_REQUIRED)]
    at = 0
    for _ in range(8):
        at += 5000
        with clock.advanced(at):
            for pk in reconcile.due():
                reconcile.poll(pk)
    a = Attempt.objects.get()
    with clock.advanced(at):
        assert a.checks >= 7
        assert (a.next_check_at - clock.now()).total_seconds() > 1800


def test_poll_sends_again_while_a_status_request_hears_not_found(project, account, script):
    script.pay = [OutcomeUnknown("timeout")]
    pay(factories.pay_command(project))
    attempt = Attempt.objects.get()
    seen = {}

    def sending(call, request):
        reconcile.check(attempt.id, source=Source.STATUS)
        attempt.refresh_from_db()
        seen["state"] = attempt.state
        return payment(Outcome.SUCCEEDED)

    script.pay = [sending]
    script.fetch = [Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)]
    with clock.advanced(901):
        for pk in reconcile.due():
            reconcile.poll(pk)
    assert seen["state"] == "UNKNOWN"
