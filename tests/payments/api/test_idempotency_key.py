"""S2: the same key with the same content does nothing twice; every POST takes one."""

import json
import re

import pytest
from django.test import Client

from paymenthub.kernel import clock
from paymenthub.kernel.crypto import generate_key
from payments.api import idempotent
from payments.api.schema import document
from payments.idempotency import Claim, purge
from payments.models import ApiKey, Attempt, IdempotencyRecord, Payment, Refund
from payments.services.merchants import create_api_key
from payments.tasks.idempotency import purge_idempotency_keys
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests import scripted

from . import payments
from .bodies import pay_body
from .conftest import OrderSystem, error_of

KEY = "8f14e45f-ceea-4671-9d1c"
HOUR = 3600.0


def posts():
    return [path for path, item in json.loads(document())["paths"].items() if "post" in item]


def test_every_post_of_the_document_takes_the_header():
    for path in posts():
        operation = json.loads(document())["paths"][path]["post"]
        headers = {p["name"]: p["schema"] for p in operation["parameters"] if p["in"] == "header"}
        assert headers["Idempotency-Key"] == {"type": "string", "minLength": 1, "maxLength": 255}, path
        answers = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
        assert all("Idempotency-Replayed" in answer["headers"] for answer in answers), path
        assert "idempotency_in_flight" in operation["responses"]["409"]["description"]
        assert "idempotency_key_reused" in operation["responses"]["422"]["description"]
    assert len(posts()) >= 15


@pytest.mark.parametrize("path", posts())
@pytest.mark.parametrize("key", ["", "   ", "x" * 256, "a\tb", "schlüssel"])
def test_every_post_refuses_a_malformed_key_before_it_does_anything(project, account, script, path, key):
    scopes = ["payments", "backoffice", "saga:drive"]
    secret = create_api_key(project=project, mode="test", scopes=scopes).secret
    real = path.replace("{provider}", "scripted").replace("{method}", "credit-cards")
    response = OrderSystem(secret).post(re.sub(r"{\w+}", "x", real), {}, Idempotency_Key=key)
    assert error_of(response) == (400, "invalid_field", "Idempotency-Key")
    assert (script.asked, IdempotencyRecord.objects.count()) == ([], 0)


@pytest.mark.parametrize("key", ["x", "x" * 255, "with blanks and ~!"])
def test_s2_a_repeated_pay_is_answered_word_for_word_and_sent_once(shop, script, key):
    script.pay = [scripted.payment(Outcome.SUCCEEDED), scripted.payment(Outcome.DECLINED)]
    first = shop.pay(pay_body(), Idempotency_Key=key)
    second = shop.pay(pay_body(), Idempotency_Key=key)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert script.count("pay") == 1


def test_an_answer_in_doubt_is_replayed_as_it_was_told(shop, script):
    script.pay = [OutcomeUnknown("timeout")]
    script.fetch = [scripted.payment(Outcome.SUCCEEDED)]
    first = shop.pay(pay_body(), Idempotency_Key=KEY).json()
    shop.get("/scripted/status", {"paymentId": first["paymentId"]})
    assert Payment.objects.get().captured == 1299
    assert shop.pay(pay_body(), Idempotency_Key=KEY).json() == first


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (pay_body(amount=1300), {}),
        (pay_body(shopTransactionId="order-2"), {}),
        (pay_body(providerData={"token": "other"}), {}),
        (pay_body(), {"X_Provider_Account": "main"}),
    ],
)
def test_s2_other_content_under_a_key_is_refused(shop, script, body, headers):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    response = shop.pay(body, Idempotency_Key=KEY, **headers)
    assert error_of(response) == (422, "idempotency_key_reused", "Idempotency-Key")
    assert (Payment.objects.count(), script.count("pay")) == (1, 1)


def test_a_key_belongs_to_a_path_and_to_its_owner(shop, script, project):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    reused = (422, "idempotency_key_reused", "Idempotency-Key")
    assert error_of(shop.post("/scripted/credit-cards/authorize", pay_body(), Idempotency_Key=KEY)) == reused
    shop.secret = create_api_key(project=project, mode="test", scopes=["payments"]).secret
    assert error_of(shop.pay(pay_body(), Idempotency_Key=KEY)) == reused


def test_keys_of_other_projects_and_modes_do_not_meet(shop, stranger, script):
    payments.succeed(script)
    one = shop.pay(pay_body(), Idempotency_Key=KEY).json()
    other = stranger.pay(pay_body(), Idempotency_Key=KEY).json()
    assert one["metadata"]["hubPaymentId"] != other["metadata"]["hubPaymentId"]


def test_field_order_and_spacing_are_not_content(shop, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.send("/scripted/credit-cards/pay", json.dumps(pay_body()).encode(), Idempotency_Key=KEY)
    turned = json.dumps(dict(reversed(pay_body().items())), indent=3).encode()
    response = shop.send("/scripted/credit-cards/pay", turned, Idempotency_Key=KEY)
    assert response["Idempotency-Replayed"] == "true"


def test_a_refused_request_uses_no_key_up(shop, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    assert shop.pay(pay_body(amount=0), Idempotency_Key=KEY).status_code == 400
    assert shop.pay(pay_body(currency="GBP"), Idempotency_Key=KEY).status_code == 422
    assert shop.send("/scripted/credit-cards/pay", b"{", Idempotency_Key=KEY).status_code == 400
    assert not IdempotencyRecord.objects.exists()
    assert shop.pay(pay_body(), Idempotency_Key=KEY).json()["result"] == "OK"


def test_a_retryable_answer_is_not_stored(shop, script):
    script.pay = [Unavailable("refused"), scripted.payment(Outcome.SUCCEEDED)]
    assert shop.pay(pay_body(), Idempotency_Key=KEY).status_code == 503
    assert not IdempotencyRecord.objects.exists()
    again = shop.pay(pay_body(), Idempotency_Key=KEY)
    assert (again.json()["result"], "Idempotency-Replayed" in again) == ("OK", False)
    assert Payment.objects.count() == 1


def test_s4_two_keys_for_one_order_make_one_payment_and_both_are_answered(shop, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    first = shop.pay(pay_body(), Idempotency_Key="one")
    second = shop.pay(pay_body(), Idempotency_Key="two")
    assert (second.json(), second["Idempotency-Replayed"]) == (first.json(), "true")
    assert (
        error_of(shop.pay(pay_body(shopTransactionId="order-2"), Idempotency_Key="two"))[1] == "idempotency_key_reused"
    )
    assert script.count("pay") == 1


def test_a_request_whose_first_one_is_at_work_is_told_to_come_back(shop, script):
    told = []

    def meanwhile(call, request):
        secret = shop.secret
        told.append(OrderSystem(secret, Client()).pay(pay_body(), Idempotency_Key=KEY))
        return scripted.payment(Outcome.SUCCEEDED)

    script.pay = [meanwhile]
    assert shop.pay(pay_body(), Idempotency_Key=KEY).json()["result"] == "OK"
    assert error_of(told[0]) == (409, "idempotency_in_flight", None)
    assert (told[0]["Retry-After"], told[0].json()["retryable"]) == ("1", True)
    assert script.count("pay") == 1


def unanswered(shop, state):
    """A key whose process died between writing down and answering: its attempt is `state` by now."""
    shop.pay(pay_body(), Idempotency_Key=KEY)
    IdempotencyRecord.objects.update(status=None, body=None)
    Attempt.objects.update(state=state, lease_until=None)
    return shop.pay(pay_body(), Idempotency_Key=KEY)


@pytest.mark.parametrize(
    ("state", "word"), [("SUCCEEDED", "OK"), ("DECLINED", "KO"), ("UNKNOWN", "PENDING"), ("PENDING", "PENDING")]
)
def test_s5_a_key_whose_process_died_is_answered_from_how_its_attempt_stands(shop, script, state, word):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    answer = unanswered(shop, state)
    assert (answer.json()["result"], answer["Idempotency-Replayed"]) == (word, "true")
    assert script.count("pay") == 1


@pytest.mark.parametrize("ended", [Outcome.DECLINED, Outcome.PENDING])
def test_a_key_whose_process_died_before_anything_was_sent_may_be_used_again(shop, script, ended):
    """Ended or still counting for its order: either way the work is done once more, and the key is answered."""
    script.pay = [scripted.payment(ended, id=""), scripted.payment(Outcome.SUCCEEDED, id="psp_2")]
    answer = unanswered(shop, "NOT_SENT")
    assert (answer.json()["result"], answer.json()["paymentId"]) == ("OK", "psp_2")
    assert shop.pay(pay_body(), Idempotency_Key=KEY).json() == answer.json()


@pytest.mark.parametrize("path", ["/scripted/refund", "/v1/payments/{id}/refunds"])
def test_two_refunds_of_one_amount_are_two_under_two_keys_and_one_under_one(shop, script, path):
    paid = payments.pay(shop, script)
    body = {"amount": 400} | ({"paymentId": paid.public_id, "currency": "EUR"} if "scripted" in path else {})
    answers = [
        shop.post(path.replace("{id}", paid.public_id), body, Idempotency_Key=key) for key in ("one", "two", "one")
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[2].json() == answers[0].json() != answers[1].json()
    assert (Refund.objects.count(), script.count("refund")) == (2, 2)


def test_a_replay_comes_before_a_refusal_that_the_first_request_brought_about(shop, script):
    paid = payments.pay(shop, script)
    body = {"paymentId": paid.public_id, "amount": 1299, "currency": "EUR"}
    first = shop.post("/scripted/refund", body, Idempotency_Key=KEY)
    assert shop.post("/scripted/refund", body, Idempotency_Key=KEY).json() == first.json()
    assert error_of(shop.post("/scripted/refund", body, Idempotency_Key="other")) == (422, "over_refund", "amount")


@pytest.mark.parametrize("verb", ["capture", "cancel", "expire"])
def test_operations_of_the_hub_are_replayed(shop, script, verb):
    payment = (payments.wait if verb == "expire" else payments.hold)(shop, script)
    answers = [shop.post(f"/v1/payments/{payment.public_id}/{verb}", {}, Idempotency_Key=KEY) for _ in range(2)]
    assert answers[0].json()["result"] == "OK"
    assert (answers[1].json(), answers[1]["Idempotency-Replayed"]) == (answers[0].json(), "true")
    assert script.count(verb) == 1


def test_a_key_holds_for_its_time_and_is_then_forgotten(shop, script, settings):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    with clock.advanced(23.9 * HOUR):
        purge_idempotency_keys()
        assert IdempotencyRecord.objects.count() == 1
    with clock.advanced(settings.IDEMPOTENCY_HOURS * HOUR + 1):
        assert purge() == 1
    assert (IdempotencyRecord.objects.count(), Payment.objects.count(), ApiKey.objects.count()) == (0, 1, 1)


def test_the_purge_runs_by_beat_and_takes_everything_that_is_over(shop, script, settings):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    with clock.advanced(settings.IDEMPOTENCY_HOURS * HOUR + 1):
        purge_idempotency_keys()
    assert not IdempotencyRecord.objects.exists()


def test_an_expired_key_that_is_not_purged_yet_is_free(shop, script, settings):
    payments.succeed(script)
    shop.pay(pay_body(), Idempotency_Key=KEY)
    with clock.advanced(settings.IDEMPOTENCY_HOURS * HOUR + 1):
        assert shop.pay(pay_body(shopTransactionId="order-2"), Idempotency_Key=KEY).json()["result"] == "OK"


def test_no_stored_fingerprint_can_be_tried_out(shop, script, settings):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    one = IdempotencyRecord.objects.get().fingerprint
    settings.HUB_ENCRYPTION_KEYS = ["dGVzdC1vbmx5LWtleS10ZXN0LW9ubHkta2V5LTAwMDI=", *settings.HUB_ENCRYPTION_KEYS]
    shop.pay(pay_body(), Idempotency_Key="other")
    assert IdempotencyRecord.objects.exclude(fingerprint=one).count() == 1


@pytest.mark.parametrize("state", ["OPEN", "UNKNOWN", "SUCCEEDED"])
def test_a_key_of_which_something_may_have_been_sent_is_never_given_up(shop, script, state):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body(), Idempotency_Key=KEY)
    IdempotencyRecord.objects.update(status=None, body=None)
    Attempt.objects.update(state=state)
    record = IdempotencyRecord.objects.get()
    who = (record.project_id, record.mode, record.api_key_id)
    claim = Claim(*who, KEY, record.fingerprint, lambda known: True, lambda attempt: None)
    assert not idempotent._free(claim)
    Attempt.objects.update(state="NOT_SENT")
    assert idempotent._free(claim)


def test_a_key_is_known_again_after_the_encryption_keys_were_rotated(shop, script, settings):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    first = shop.pay(pay_body(), Idempotency_Key=KEY)

    settings.HUB_ENCRYPTION_KEYS = [generate_key(), *settings.HUB_ENCRYPTION_KEYS]
    again = shop.pay(pay_body(), Idempotency_Key=KEY)

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
