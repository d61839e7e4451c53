"""While a step before the charge runs: repeated requests, cancel, expiry, and the customer's data."""

import pytest
from django.core.cache import cache

from paymenthub.kernel import clock
from payments.attempts import provider_data
from payments.models import Attempt, IdempotencyRecord, OutboxEvent, Payment
from payments.saga.handlers import StepAnswer
from payments.selectors.possible_actions import possible_actions
from payments.services.cancel import expire
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.ordering import By
from payments.services.pay import pay
from providers.errors import InvalidProviderData
from providers.types import Outcome
from tests import factories
from tests.payments.api.bodies import pay_body
from tests.payments.api.conftest import OrderSystem, _fresh_keys, backoffice, shop
from tests.scripted import ScriptedDriver, payment

from .world import small_machine, the_command, work

__all__ = ["_fresh_keys", "backoffice", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)
BODY = pay_body(providerData={"token": "tok_secret_1"})


@pytest.fixture(autouse=True)
def verdict(account, script, install, handle):
    """Put the small machine up; what the step answers is in here."""
    said = ["passed"]
    install(small_machine())
    handle("step", lambda command: StepAnswer(said[0]))
    script.pay = [payment(Outcome.SUCCEEDED)]
    return said


def told() -> list[str]:
    return list(OutboxEvent.objects.order_by("sequence").values_list("type", flat=True))


def test_the_answer_is_pending_and_repeated_requests_start_nothing(shop: OrderSystem, script):
    first, second = shop.pay(BODY), shop.pay(BODY)

    assert (first.status_code, first.json()["result"]) == (200, "PENDING")
    assert first.json()["paymentId"] == first.json()["metadata"]["hubPaymentId"]
    assert first.json()["resultDescription"] == "A step before the charge has not ended yet."
    assert (second.json(), second.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert (Payment.objects.count(), Attempt.objects.count(), script.asked) == (1, 0, [])
    assert shop.get("/scripted/status", {"paymentId": first.json()["paymentId"]}).json()["status"] == "PENDING"


def test_other_content_under_the_same_transaction_is_a_conflict(shop: OrderSystem):
    shop.pay(BODY)
    assert shop.pay({**BODY, "amount": 1300}).json()["code"] == "duplicate_transaction"


def test_a_key_is_answered_by_how_the_payment_stands(shop: OrderSystem, verdict):
    key = {"Idempotency_Key": "k-1"}
    seen = [shop.pay(BODY, **key).json()["result"], shop.pay(BODY, **key).json()["result"]]
    other = shop.pay({**BODY, "amount": 1300}, **key)
    work()
    after = shop.pay(BODY, **key)

    assert seen == ["PENDING", "PENDING"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (after.json()["result"], after.headers["Idempotency-Replayed"]) == ("OK", "true")
    assert (Payment.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)


def test_a_key_of_a_payment_that_failed_its_check_says_ko_for_ever(shop: OrderSystem, verdict, script):
    verdict[0] = "stepFailed"
    key = {"Idempotency_Key": "k-1"}
    shop.pay(BODY, **key)
    work()

    again = shop.pay(BODY, **key).json()

    assert (again["result"], again["resultDescription"]) == ("KO", "Ended before it was charged.")
    assert (Payment.objects.count(), told(), script.asked) == (1, ["payment.failed"], [])


def test_the_customers_data_waits_sealed_and_is_erased(shop: OrderSystem, script):
    id = shop.pay(BODY).json()["metadata"]["hubPaymentId"]
    row = Payment.objects.get()

    assert provider_data.take(row.id) == {"token": "tok_secret_1"}
    assert "tok_secret_1" not in str(list(Payment.objects.values())) + str(the_command().__dict__)
    assert b"tok_secret_1" not in str(cache.get(f"provider-data:{row.id.hex}")).encode()

    work()

    assert script.asked[0][2].provider_data == {"token": "tok_secret_1"}
    assert [provider_data.take(id) for id in (row.id, Attempt.objects.get().id)] == [None, None]
    assert not Payment.objects.get().has_provider_data
    assert id == row.public_id


def test_data_that_the_steps_outlasted_fails_the_payment_and_nothing_is_sent(shop: OrderSystem, script):
    shop.pay(BODY)
    cache.clear()  # ten minutes are over

    work()

    row, attempt = Payment.objects.get(), Attempt.objects.get()
    assert (row.state, row.claimed_shop_transaction_id, script.asked) == ("FAILED", None, [])
    assert (attempt.state, attempt.decline_code) == ("NOT_SENT", "provider_data_expired")
    assert told() == ["payment.failed"]
    assert shop.pay(BODY).json()["result"] == "PENDING", "and the order may be paid anew"


def test_fresh_data_takes_the_place_of_what_was_kept(shop: OrderSystem, script):
    shop.pay(BODY)
    cache.clear()
    shop.pay({**BODY, "providerData": {"token": "tok_2"}})

    work()

    assert (script.asked[0][2].provider_data, Payment.objects.get().captured) == ({"token": "tok_2"}, 1299)


def test_wrong_data_is_refused_before_anything_is_stored(shop: OrderSystem, monkeypatch):
    def refuse(self, request):
        raise InvalidProviderData("It is missing.", param="token")

    monkeypatch.setattr(ScriptedDriver, "check_pay", refuse)
    answer = shop.pay(BODY)

    assert (answer.status_code, answer.json()["param"], Payment.objects.count()) == (400, "providerData.token", 0)
    assert (
        cache._cache.get_client().dbsize() == 0
        if hasattr(cache, "_cache") and hasattr(cache._cache, "get_client")
        else True
    )


def test_cancelled_while_the_step_runs_nothing_is_ever_charged(shop: OrderSystem, backoffice: OrderSystem, script):
    id = shop.pay(BODY).json()["metadata"]["hubPaymentId"]

    answer = shop.post(f"/v1/payments/{id}/cancel", {}, Idempotency_Key="c-1")
    again = shop.post(f"/v1/payments/{id}/cancel", {}, Idempotency_Key="c-1")
    work()

    assert (answer.status_code, answer.json()["result"]) == (200, "OK"), answer.content
    assert again.json() == answer.json()
    row = Payment.objects.get()
    assert (row.state, row.claimed_shop_transaction_id, script.asked) == ("CANCELLED", None, [])
    assert told() == ["payment.cancelled"]
    assert provider_data.take(row.id) is None
    assert the_command().state == "done", "its answer came late and was not fed"


def test_staff_may_end_it_too(shop: OrderSystem):
    shop.pay(BODY)
    row = Payment.objects.get()
    assert (possible_actions(row, []).cancel, possible_actions(row, []).expire) == (1299, 1299)
    expire(row, By())
    row.refresh_from_db()
    assert (row.state, told()) == ("EXPIRED", ["payment.expired"])
    assert possible_actions(row, list(row.attempts.all())).cancel == 0


def test_cancelled_after_the_check_passed_the_charge_counts(shop: OrderSystem, script):
    id = shop.pay(BODY).json()["metadata"]["hubPaymentId"]
    work()
    assert shop.post(f"/v1/payments/{id}/cancel", {}).json()["code"] == "wrong_state"
    assert Payment.objects.get().captured == 1299


def test_a_step_that_never_answers_ends_by_time_and_nothing_is_sent(shop: OrderSystem, verdict, script):
    verdict[0] = ""
    shop.pay(BODY)
    work()

    with clock.advanced(25 * 3600):
        (over,) = due_for_expiry()
        assert expire_payment(over)

    assert (Payment.objects.get().state, told(), script.asked) == ("EXPIRED", ["payment.expired"], [])


def test_expiry_and_the_step_at_the_same_time_have_one_winner(shop: OrderSystem, script):
    shop.pay(BODY)
    with clock.advanced(25 * 3600):
        (over,) = due_for_expiry()
        work()
        assert not expire_payment(over)
    assert Payment.objects.get().captured == 1299


def test_a_payment_that_no_way_ends_is_put_before_an_operator_once(project, install, verdict):
    machine = small_machine()
    step = next(state for state in machine["states"] if state["id"] == "STEP")
    step["outgoingTransitions"] = [
        way for way in step["outgoingTransitions"] if way["inputEvent"] in ("passed", "again")
    ]
    machine["states"] = [s for s in machine["states"] if s["id"] not in ("CANCELLED",)]
    install(machine)
    verdict[0] = ""
    row = pay(factories.pay_command(project)).payment

    for hours in (25, 60, 90):
        with clock.advanced(hours * 3600):
            for over in due_for_expiry():
                expire_payment(over)

    (item,) = row.operator_items.all()
    assert (item.kind, item.about) == ("step_failed", f"{row.public_id}:expiry")
