"""Signatures, judged by the package that Standard Webhooks publishes."""

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from payments.outbound.sign import InvalidSecret, new_secret, signed_headers

BODY = b'{"status":"ACCEPTED","note":"\xc3\xa8"}'


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_published_example_gives_the_published_signature():
    headers = signed_headers(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_judge_accepts_what_is_signed():
    secret = new_secret()
    headers = signed_headers(secrets=[secret], message_id="evt_1", timestamp=now(), body=BODY)
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


@pytest.mark.parametrize("held", [0, 1])
def test_the_old_and_the_new_secret_both_verify_while_secrets_are_changed(held):
    secrets = [new_secret(), new_secret()]
    headers = signed_headers(secrets=secrets, message_id="evt_1", timestamp=now(), body=BODY)
    assert Webhook(secrets[held]).verify(BODY, headers) == json.loads(BODY)
    assert headers["webhook-signature"].count("v1,") == 2


def test_one_flipped_byte_is_refused():
    secret = new_secret()
    headers = signed_headers(secrets=[secret], message_id="evt_1", timestamp=now(), body=BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"ACCEPTED", b"ACCEPTEE"), headers)


def test_another_message_id_is_refused():
    secret = new_secret()
    headers = signed_headers(secrets=[secret], message_id="evt_1", timestamp=now(), body=BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, {**headers, "webhook-id": "evt_2"})


def test_a_stale_timestamp_is_refused():
    secret = new_secret()
    headers = signed_headers(secrets=[secret], message_id="evt_1", timestamp=now() - 301, body=BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers)


def test_new_secrets_differ_and_hold_32_bytes():
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_!!!!",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        base64.b64encode(b"x" * 32).decode(),
    ],
)
def test_what_is_no_secret_is_refused_without_being_quoted(secret):
    with pytest.raises(InvalidSecret) as caught:
        signed_headers(secrets=[secret], message_id="evt_1", timestamp=1, body=b"")
    assert len(secret) < 10 or secret not in str(caught.value)


def test_nothing_goes_out_unsigned():
    with pytest.raises(InvalidSecret):
        signed_headers(secrets=[], message_id="evt_1", timestamp=1, body=b"")
