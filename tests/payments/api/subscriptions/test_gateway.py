"""The published subscription endpoints, through HTTP, in front of the scripted PSP."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.models import Payment, Subscription
from payments.services.merchants import create_api_key
from providers.types import Outcome
from tests import scripted
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, fresh, renewed

pytestmark = pytest.mark.django_db(transaction=True)

START = "/scripted/credit-cards/subscription/start"


def body(**over):
    info = {"interval": "MONTH", "intervalCount": 1} | over.pop("info", {})
    whole = {"amount": 990, "currency": "EUR", "shopTransactionId": "club-7", "subscriptionInfo": info} | over
    return {name: value for name, value in whole.items() if value is not None}


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def on_the_31st():
    with clock.frozen(world.JANUARY):
        yield


@pytest.mark.parametrize("prefix", ["", "/v3"])
@pytest.mark.parametrize("method", ["", "/credit-cards"])
def test_start_answers_in_the_published_words(shop, psp, prefix, method, on_the_31st):
    response = shop.post(f"{prefix}/scripted{method}/subscription/start", body())

    row = Subscription.objects.get()
    payment = Payment.objects.get()
    assert response.status_code == 200, response.content
    assert response.json() == {
        "result": "OK",
        "resultDescription": "Subscribed.",
        "paymentId": payment.provider_payment_id,
        "subscriptionToken": world.TOKEN,
        "metadata": {
            "hubPaymentId": payment.public_id,
            "subscriptionId": row.public_id,
            "status": "ACTIVE",
            "state": "ACTIVE",
        },
    }
    assert (row.run_by, row.amount, row.method, row.next_payment_on) == (
        "shop",
        990,
        "credit-cards",
        dt.date(2027, 2, 28),
    )


def test_schedule_hands_the_charging_to_the_provider(shop, psp):
    response = shop.post("/scripted/credit-cards/subscription/schedule", body(info={"expiresAfter": 12}))

    row = Subscription.objects.get()
    assert (response.json()["result"], row.run_by, row.expires_after) == ("OK", "provider", 12)


def test_a_customer_who_must_act_is_sent_on(shop, script, psp):
    script.start = [scripted.payment(Outcome.ACTION_REQUIRED, amount=990)]
    answer = shop.post(START, body()).json()

    row = Subscription.objects.get()
    assert (answer["result"], answer["redirectToUrl"]) == ("REDIRECT_TO_URL", "https://psp.test/checkout/1")
    assert (answer["subscriptionToken"], answer["metadata"]["status"]) == (row.public_id, "PENDING")


def test_a_declined_first_payment_is_ko_with_http_200(shop, psp):
    psp.declines = [world.soft()]
    response = shop.post(START, body())
    assert (response.status_code, response.json()["result"]) == (200, "KO")
    assert response.json()["metadata"]["status"] == "CANCELED"


def test_the_same_start_again_charges_nothing_again(shop, psp):
    first = shop.post(START, body())
    again = shop.post(START, body())
    other = shop.post(START, body(amount=991))

    assert (again.json(), again["Idempotency-Replayed"], psp.calls) == (first.json(), "true", 1)
    assert error_of(other) == (409, "duplicate_transaction", "shopTransactionId")


def test_an_idempotency_key_answers_the_same_start_once(shop, psp):
    first = shop.post(START, body(), Idempotency_Key="k-1")
    again = shop.post(START, body(), Idempotency_Key="k-1")
    other = shop.post(START, body(amount=5), Idempotency_Key="k-1")

    assert (again.json(), again["Idempotency-Replayed"], psp.calls) == (first.json(), "true", 1)
    assert error_of(other) == (422, "idempotency_key_reused", "Idempotency-Key")


def test_pay_charges_a_later_payment_once(shop, psp, on_the_31st):
    shop.post(START, body())
    wanted = {
        "amount": 500,
        "currency": "EUR",
        "shopTransactionId": "club-7-feb",
        "subscriptionInfo": {"token": world.TOKEN},
    }
    paid = shop.post("/scripted/subscription/pay", wanted)
    again = shop.post("/v3/scripted/credit-cards/subscription/pay", wanted)

    assert (paid.json()["result"], again.json()["result"], psp.calls) == ("OK", "OK", 2)
    assert paid.json()["paymentId"] == again.json()["paymentId"]
    assert list(psp.charges.values()) == [990, 500]
    assert Payment.objects.filter(shop_transaction_id="club-7-feb", captured=500).count() == 1


def test_pay_for_a_subscription_that_the_hub_charges_is_refused_before_its_day(shop, psp):
    shop.post(START, body(info={"runBy": "hub"}))
    wanted = {"amount": 990, "currency": "EUR", "shopTransactionId": "x", "subscriptionInfo": {"token": world.TOKEN}}
    assert error_of(shop.post("/scripted/subscription/pay", wanted)) == (409, "not_due_yet", None)
    assert psp.calls == 1


def test_nothing_may_be_taken_only_where_a_subscription_begins(shop, psp):
    started = shop.post(START, body(amount=0, regularAmount=990))
    assert (started.json()["result"], psp.charges) == ("OK", {f"ph-{Subscription.objects.get().id.hex}-1-0": 0})

    assert error_of(shop.post(START, body(amount=0))) == (400, "invalid_field", "regularAmount")
    wanted = {"amount": 0, "currency": "EUR", "shopTransactionId": "x", "subscriptionInfo": {"token": world.TOKEN}}
    assert error_of(shop.post("/scripted/subscription/pay", wanted)) == (400, "invalid_field", "amount")
    plain = {"amount": 0, "currency": "EUR", "shopTransactionId": "y"}
    assert error_of(shop.post("/scripted/credit-cards/pay", plain)) == (400, "invalid_field", "amount")


def test_a_trial_takes_nothing_today(shop, psp, on_the_31st):
    shop.post(START, body(trialEnd="2027-02-15"))
    row = Subscription.objects.get()
    assert (list(psp.charges.values()), row.amount, row.next_payment_on) == ([0], 990, dt.date(2027, 2, 15))


def test_the_six_statuses(shop, script, psp, on_the_31st):
    def status():
        return shop.get(f"/scripted/subscription/status/{Subscription.objects.get().public_id}").json()["status"]

    script.start = [scripted.payment(Outcome.ACTION_REQUIRED, amount=990)]
    script.fetch = [scripted.payment(Outcome.ACTION_REQUIRED, amount=990)]
    shop.post(START, body(info={"runBy": "hub"}))
    assert status() == "PENDING"
    Subscription.objects.update(state="ACTIVE", paid_until_period=1, period=1)
    assert status() == "ACTIVE"
    Subscription.objects.update(state="PAYMENT_PENDING", period=2)
    assert status() == "ACTIVE"
    Subscription.objects.update(state="PAYMENT_FAILED", dunning_step=1)
    assert status() == "PAST_DUE"
    for state, reason, word in (
        ("EXPIRED", "count", "EXPIRED"),
        ("EXPIRED", "date", "EXPIRED"),
        ("EXPIRED", "request", "CANCELED"),
        ("ABORTED", "dunning", "CANCELED"),
        ("something-of-their-own", "", "UNKNOWN"),
    ):
        Subscription.objects.update(state=state, end_reason=reason)
        assert status() == word, (state, reason)


def test_status_has_the_published_shape(shop, psp, on_the_31st):
    shop.post(START, body())
    answer = shop.get(f"/v3/scripted/credit-cards/subscription/status/{world.TOKEN}").json()
    assert set(answer) == {"status", "subscriptionToken", "providerName", "metadata"}
    assert (answer["status"], answer["subscriptionToken"], answer["providerName"]) == (
        "ACTIVE",
        world.TOKEN,
        "scripted",
    )
    assert answer["metadata"]["nextPaymentDate"] == "2027-02-28"


def test_update_changes_the_next_period(shop, psp, on_the_31st):
    shop.post(START, body(info={"runBy": "hub"}))
    answer = shop.post(
        f"/scripted/subscription/update/{world.TOKEN}",
        {"amount": 1290, "currency": "EUR", "shopTransactionId": "club-7", "subscriptionInfo": {"interval": "MONTH"}},
    )
    assert (answer.status_code, answer.json()["result"]) == (200, "OK")
    with clock.frozen(at(2027, 2, 28)):
        renewed(Subscription.objects.get())
    assert list(psp.charges.values()) == [990, 1290]


@pytest.mark.parametrize("verb", ["delete", "post"])
def test_expire_ends_it_on_the_renewal_day(shop, psp, verb, on_the_31st):
    shop.post(START, body(info={"runBy": "hub"}))
    path = f"/scripted/subscription/expire/{world.TOKEN}?reference=8535&shopTransactionId=club-7"
    ask = shop.delete if verb == "delete" else lambda path: shop.post(path, {})
    answer, again = ask(path), ask(path)

    assert (answer.status_code, answer.json()["result"]) == (200, "OK")
    assert answer.json()["metadata"] == {
        "subscriptionId": Subscription.objects.get().public_id,
        "status": "ACTIVE",
        "state": "ACTIVE",
        "nextPaymentDate": "2027-02-28",
        "expireRequested": True,
    }
    assert again.json() == answer.json()
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(Subscription.objects.get())
    assert (row.state, len(psp.charges)) == ("EXPIRED", 1)


def test_expire_names_the_subscription_that_is_meant(shop, psp):
    shop.post(START, body())
    path = f"/scripted/subscription/expire/{world.TOKEN}"
    assert error_of(shop.delete(path + "?shopTransactionId=other")) == (409, "conflict", "shopTransactionId")
    assert error_of(shop.delete(path.replace(world.TOKEN, "unknown"))) == (404, "not_found", "subscriptionToken")
    assert error_of(shop.delete(f"/scripted/wallet/subscription/expire/{world.TOKEN}")) == (404, "not_found", "method")
    assert not Subscription.objects.get().expire_requested


def test_an_interval_that_the_provider_does_not_take_is_refused_by_name(shop, psp, monkeypatch):
    monkeypatch.setattr("tests.scripted.ScriptedDriver.intervals", frozenset({"DAY", "MONTH"}))
    response = shop.post(START.replace("start", "schedule"), body(info={"interval": "WEEK"}))
    assert error_of(response) == (400, "invalid_field", "subscriptionInfo.interval")
    assert response.json()["message"] == "Scripted takes the intervals DAY, MONTH."
    assert psp.calls == 0


@pytest.mark.parametrize(
    ("over", "param"),
    [
        ({"info": {"interval": "DECADE"}}, "subscriptionInfo.interval"),
        ({"info": {"interval": None}}, "subscriptionInfo.interval"),
        ({"info": {"intervalCount": 0}}, "subscriptionInfo.intervalCount"),
        ({"info": {"intervalCount": 1.5}}, "subscriptionInfo.intervalCount"),
        ({"info": {"intervalCount": 4000}}, "subscriptionInfo.intervalCount"),
        ({"info": {"expiresAfter": 0}}, "subscriptionInfo.expiresAfter"),
        ({"info": {"runBy": "provider"}}, "subscriptionInfo.runBy"),
        ({"amount": -1}, "amount"),
        ({"amount": True}, "amount"),
        ({"regularAmount": 0}, "regularAmount"),
        ({"subscriptionInfo": None}, "subscriptionInfo"),
        ({"subscriptionInfo": []}, "subscriptionInfo"),
        ({"trialEnd": "soon"}, "trialEnd"),
        ({"trialEnd": "2020-01-01"}, "trialEnd"),
        ({"expirationDate": "2020-01-01"}, "expirationDate"),
        ({"shopSubscriptionId": "a\nb"}, "shopSubscriptionId"),
        ({"shopTransactionId": "x" * 250}, "shopTransactionId"),
        ({"successRedirectUrl": "javascript:alert(1)"}, "successRedirectUrl"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_stored_or_sent(shop, psp, over, param):
    response = shop.post(START, body(**over))
    assert error_of(response) == (400, "invalid_field", param)
    assert not Subscription.objects.exists()
    assert psp.calls == 0


def test_without_a_method_there_must_be_only_one(shop, psp, account):
    account.methods = ["credit-cards", "wallet"]
    account.save()
    response = shop.post("/scripted/subscription/start", body())
    assert error_of(response) == (400, "invalid_field", "method")
    assert "credit-cards, wallet" in response.json()["message"]


def test_nobody_else_sees_or_ends_it(shop, stranger, live_shop, psp):
    shop.post(START, body())
    for other in (stranger, live_shop):
        assert other.get(f"/scripted/subscription/status/{world.TOKEN}").status_code == 404
        assert other.post(f"/scripted/subscription/expire/{world.TOKEN}", {}).status_code == 404
        own = Subscription.objects.get().public_id
        assert other.get(f"/scripted/subscription/status/{own}").status_code == 404
    assert not fresh(Subscription.objects.get()).expire_requested


def test_a_reading_key_may_look_and_not_change(project, account, psp, shop):
    shop.post(START, body())
    reader = OrderSystem(create_api_key(project=project, mode="test", scopes=["read"]).secret)
    assert reader.get(f"/scripted/subscription/status/{world.TOKEN}").status_code == 200
    for path in ("start", "pay", "schedule", f"update/{world.TOKEN}", f"expire/{world.TOKEN}"):
        assert reader.post(f"/scripted/credit-cards/subscription/{path}", body()).status_code == 403
