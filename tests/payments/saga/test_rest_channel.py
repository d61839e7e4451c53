"""Steps over HTTP: what is sent, what counts as an answer, and what an answer can never do."""

import base64
import hashlib
import hmac
import json

import pytest

from paymenthub.kernel import clock
from payments.attempts.start import start
from payments.models import OperatorItem, Payment, Source
from payments.outbound.secrets import seal_secrets
from payments.services.feed_event import feed
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.payments.outbound.rows import SECRET
from tests.scripted import payment

from .world import small_machine, the_command, with_channel, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paying(project, account, script, install, settings, receiver):
    """Pay on a machine whose step is the receiver's."""
    settings.CALLBACK_ALLOW_PRIVATE = True
    settings.CALLBACK_TIMEOUT = 2.0
    project.callback_secrets_sealed = seal_secrets(project, [SECRET])
    project.save()
    script.pay = [payment(Outcome.SUCCEEDED)]

    def now(*, url="", checked=True, **settings):
        protocol, _, rest = (url or receiver.url).partition("://")
        host, _, path = rest.partition("/")
        if checked:
            host, _, port = host.partition(":")
            settings |= {"port": int(port)} if port else {}
        channel = {
            "id": "step",
            "type": "rest",
            "configurations": {
                "protocol": protocol,
                "endpoint": host,
                "path": f"/{path}",
                "method": "POST",
                **settings,
            },
        }
        install(with_channel(small_machine(), channel), checked=checked)
        return pay(factories.pay_command(project)).payment

    return now


def answer(event, payload=None, **over):
    return json.dumps({"messageLabel": event, "messagePayload": payload or {}, **over}).encode()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_the_envelope_is_sent_once_signed_and_under_the_command_s_id(paying, receiver, method):
    receiver.body = b""
    headers = {
        "X-Shop": "acme",
        "idempotency-key": "theirs",
        "Webhook-Id": "theirs",
        "Host": "theirs",
        "Content-Type": "x",
    }
    row = paying(method=method, headers=headers)

    work()

    (one,) = receiver.received
    command_id = str(the_command().id)
    assert (one.method, one.path, one.headers["x-shop"]) == (method, "/hook", "acme")
    assert (one.headers["idempotency-key"], one.headers["webhook-id"]) == (command_id, command_id)
    assert one.headers["content-type"] == "application/json"
    assert one.headers["host"].startswith("127.0.0.1:")
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{command_id}.{one.headers['webhook-timestamp']}.".encode() + one.body
    assert (
        one.headers["webhook-signature"]
        == f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
    )
    sent = json.loads(one.body)
    assert (sent["key"], sent["value"]["messageLabel"]) == (row.public_id, "stepRequested")
    assert sent["value"]["messagePayload"]["amount"] == 1299
    assert (the_command().state, Payment.objects.get().state) == ("done", "STEP"), "taken; the event comes later"


@pytest.mark.parametrize(
    "body",
    [
        answer("passed", {"score": 1}),
        json.dumps({"key": "x", "value": json.loads(answer("passed", {"score": 1}))}).encode(),
    ],
)
def test_the_event_may_stand_in_the_answer(paying, receiver, script, body):
    receiver.body = body
    paying()

    work()

    row = Payment.objects.get()
    assert (row.state, row.saga_metadata, script.count("pay")) == ("PAID", {"score": 1}, 1)


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b"{", b'{"messageLabel": 7}', b'"passed"', b"\xff", b"[" * 5000])
def test_an_answer_that_says_nothing_means_taken(paying, receiver, body):
    receiver.body = body
    paying()
    work()
    assert (the_command().state, Payment.objects.get().state) == ("done", "STEP")


def test_the_event_may_come_later_and_once(paying, receiver, script):
    receiver.status = 202
    row = paying()
    work()

    for _ in range(2):
        fed = feed(row.id, "passed", {"by": "person"}, source=Source.API, evidence="request:1")
        if fed.attempt:
            start(fed.attempt.id)

    assert (Payment.objects.get().state, script.count("pay")) == ("PAID", 1)
    assert fed.outcome == "unexpected"


def test_money_is_never_told_by_an_answer(paying, receiver, script):
    receiver.body = answer("paymentExecuted", {"amount": 1})
    paying()
    work()
    row = Payment.objects.get()
    assert (row.state, row.captured, row.saga_metadata, script.asked) == ("STEP", 0, {}, [])
    assert OperatorItem.objects.get().kind == "step_failed"


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503, 302])
def test_what_may_pass_is_tried_again_with_the_same_id(paying, receiver, status):
    receiver.status = status
    paying()
    work()
    receiver.status, receiver.body = 200, answer("passed")
    with clock.advanced(60):
        work()

    assert Payment.objects.get().state == "PAID"
    assert len({one.headers["idempotency-key"] for one in receiver.received}) == 1
    assert [one["status"] for one in the_command().log] == [status, 200]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_definite_no_is_not_tried_again(paying, receiver, status):
    receiver.status = status
    paying()
    work()
    assert (the_command().state, the_command().tries) == ("failed", 1)
    assert OperatorItem.objects.get().evidence["error"] == f"answered {status}"
    assert Payment.objects.get().state == "STEP"


def test_ten_megabytes_are_not_read_and_the_command_is_tried_again(paying, receiver, script):
    receiver.body = answer("passed", {"x": "y" * 10_000_000})
    paying()
    work()
    assert (the_command().state, the_command().last_error) == ("due", "ResponseTooLarge")
    assert (Payment.objects.get().state, script.asked) == ("STEP", [])


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://169.254.169.254/latest", "target_forbidden"),
        ("http://user:pw@shop.test/x", "target_invalid"),
        ("ftp://shop.test/x", "target_invalid"),
    ],
)
def test_no_step_leads_where_callbacks_may_not_go(paying, receiver, url, error):
    paying(url=url, checked=False)
    work()
    assert (the_command().state, the_command().last_error) == ("failed", error)


def test_private_addresses_need_the_setting(paying, receiver, settings):
    paying()
    settings.CALLBACK_ALLOW_PRIVATE = False
    work()
    assert (the_command().last_error, receiver.received) == ("target_forbidden", [])


def test_another_method_is_refused(paying, receiver):
    paying(method="GET", checked=False)
    work()
    assert (the_command().state, receiver.received) == ("failed", [])


def test_a_project_without_a_secret_sends_nothing(paying, project, receiver):
    paying()
    project.callback_secrets_sealed = ""
    project.save()
    work()
    assert (the_command().state, the_command().last_error, receiver.received) == ("due", "secret_missing", [])
