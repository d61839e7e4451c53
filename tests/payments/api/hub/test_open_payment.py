"""POST /v1/payments and /v1/payments/{id}/checkout-url: what is checked, opened and answered."""

import datetime as dt

import pytest

from payments.models import CheckoutToken, Payment
from payments.services.checkout_tokens import exchange
from tests.payments.api import payments

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {"amount": 1299, "currency": "EUR", "shopTransactionId": "order-1"}


def token_of(answer) -> str:
    return answer.json()["checkoutUrl"].rsplit("/", 1)[1]


def test_a_payment_is_opened_with_an_address_that_opens_its_checkout_once(shop):
    answer = shop.post(
        "/v1/payments",
        BODY
        | {
            "items": [{"description": "Mug", "amount": 1299}],
            "locale": "it",
            "buyer": {"email": "ada@shop.example"},
            "successRedirect": "https://shop.example/thanks",
            "failureRedirectUrl": "https://shop.example/basket",
            "allowedMethods": ["scripted/wallet"],
            "captureMode": "manual",
        },
    )

    row = Payment.objects.get()
    body = answer.json()
    assert answer.status_code == 200, body
    assert (body["id"], body["paymentId"], body["stage"], body["status"]) == (
        row.public_id, row.public_id, "choose", "PENDING",
    )  # fmt: skip
    assert (row.success_redirect_url, row.failure_redirect_url, row.locale, row.capture_mode) == (
        "https://shop.example/thanks", "https://shop.example/basket", "it", "manual",
    )  # fmt: skip
    assert (row.allowed_methods, row.additional_data) == (
        ["scripted/wallet"], {"items": [{"description": "Mug", "amount": 1299}]},
    )  # fmt: skip
    assert row.checkout_ends_at - row.created_at == pytest.approx(dt.timedelta(hours=24), abs=dt.timedelta(seconds=1))
    assert exchange(token_of(answer)) == row.id
    assert token_of(answer) not in str(list(CheckoutToken.objects.values()))


def test_it_is_shown_without_a_provider(shop):
    shop.post("/v1/payments", BODY)

    listed = shop.get("/v1/payments").json()["data"][0]
    shown = shop.get(f"/v1/payments/{listed['id']}").json()

    assert (listed["provider"], listed["method"], shown["providerAccount"], shown["attempts"]) == ("", "", "", [])


def test_the_same_order_is_opened_once(shop):
    first, second = shop.post("/v1/payments", BODY), shop.post("/v1/payments", BODY)

    assert (first.json()["id"], Payment.objects.count()) == (second.json()["id"], 1)
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert token_of(first) != token_of(second)


@pytest.mark.parametrize(
    "other", [{"amount": 1300}, {"currency": "USD"}, {"captureMode": "manual"}, {"allowedMethods": ["wallet"]}]
)
def test_other_content_under_the_same_id_is_refused(shop, other):
    shop.post("/v1/payments", BODY)

    answer = shop.post("/v1/payments", BODY | other)

    assert (answer.status_code, answer.json()["code"], Payment.objects.count()) == (409, "duplicate_transaction", 1)


def test_an_idempotency_key_stands_for_the_payment_and_keeps_no_token(shop):
    first = shop.post("/v1/payments", BODY, Idempotency_Key="k1")
    again = shop.post("/v1/payments", BODY, Idempotency_Key="k1")
    other = shop.post("/v1/payments", BODY | {"amount": 5}, Idempotency_Key="k1")

    assert (again.json()["id"], again["Idempotency-Replayed"]) == (first.json()["id"], "true")
    assert token_of(first) != token_of(again)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"shopTransactionId": ""}, "shopTransactionId"),
        ({"successRedirectUrl": "javascript:alert(1)"}, "successRedirectUrl"),
        ({"failureRedirect": "https://me:pw@shop.example/"}, "failureRedirectUrl"),
        ({"callbackUrl": "ftp://shop.example"}, "callbackUrl"),
        ({"locale": "it it"}, "locale"),
        ({"allowedMethods": ["Cards!"]}, "allowedMethods[0]"),
        ({"allowedMethods": ["x"] * 51}, "allowedMethods"),
        ({"items": [{}] * 201}, "items"),
        ({"items": [{"description": "x" * 33_000}]}, "items"),
        ({"items": [{}], "additionalData": {"items": []}}, "items"),
        ({"additionalData": {"a": "x" * 17_000}}, "additionalData"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2099-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2026-12-01T00:00:00"}, "expiresAt"),
        ({"captureMode": "later"}, "captureMode"),
        ({"ammount": 1}, "ammount"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_opened(shop, wrong, param):
    answer = shop.post("/v1/payments", BODY | wrong)

    assert (answer.status_code, answer.json()["param"], Payment.objects.count()) == (400, param, 0)


def test_what_looks_like_a_card_number_is_refused(shop):
    answer = shop.post("/v1/payments", BODY | {"items": [{"description": "4111 1111 1111 1111"}]})

    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    assert "4111" not in answer.content.decode()


def test_a_projects_list_of_hosts_holds_for_its_servers_too(shop, project):
    project.redirect_hosts = ["shop.example", "*.shop.example"]
    project.save()

    wrong = shop.post("/v1/payments", BODY | {"successRedirectUrl": "https://evil.example/shop.example"})
    right = shop.post("/v1/payments", BODY | {"successRedirectUrl": "https://www.shop.example/thanks"})

    assert (wrong.status_code, wrong.json()["param"], right.status_code) == (400, "successRedirectUrl", 200)


def test_a_new_address_of_the_checkout(shop):
    opened = shop.post("/v1/payments", BODY).json()

    answer = shop.post(f"/v1/payments/{opened['id']}/checkout-url", {}, Idempotency_Key="k2")
    again = shop.post(f"/v1/payments/{opened['id']}/checkout-url", {}, Idempotency_Key="k2")

    assert (answer.status_code, answer.json()["id"], answer.json()["stage"]) == (200, opened["id"], "choose")
    assert len({opened["checkoutUrl"], answer.json()["checkoutUrl"], again.json()["checkoutUrl"]}) == 3
    assert exchange(token_of(answer)) == Payment.objects.get().id


@pytest.mark.parametrize(("verb", "state"), [("cancel", "PAYMENT_CANCELLED"), ("expire", "PAYMENT_EXPIRED")])
def test_a_payment_that_nobody_chose_a_method_for_ends_at_once(shop, script, verb, state):
    opened = shop.post("/v1/payments", BODY).json()

    answer = shop.post(f"/v1/payments/{opened['id']}/{verb}", {}, Idempotency_Key="k")
    again = shop.post(f"/v1/payments/{opened['id']}/{verb}", {}, Idempotency_Key="k")

    row = Payment.objects.get()
    assert (answer.status_code, answer.json()["result"], row.state) == (200, "OK", state)
    assert (row.claimed_shop_transaction_id, script.asked, row.attempts.count()) == (None, [], 0)
    assert (again.json(), again["Idempotency-Replayed"]) == (answer.json(), "true")


@pytest.mark.parametrize("verb", ["capture", "refunds"])
def test_what_was_never_charged_can_be_neither_captured_nor_refunded(shop, script, verb):
    opened = shop.post("/v1/payments", BODY).json()

    answer = shop.post(f"/v1/payments/{opened['id']}/{verb}", {"amount": 1})

    assert (answer.status_code, answer.json()["code"], script.asked) == (409, "wrong_state", [])


def test_a_payment_of_a_chosen_method_has_no_checkout(shop, script):
    paid = payments.pay(shop, script)

    answer = shop.post(f"/v1/payments/{paid.public_id}/checkout-url", {})

    assert (answer.status_code, answer.json()["code"], CheckoutToken.objects.count()) == (409, "wrong_state", 0)


def test_a_stranger_finds_no_checkout(shop, stranger):
    opened = shop.post("/v1/payments", BODY).json()

    assert stranger.post(f"/v1/payments/{opened['id']}/checkout-url", {}).status_code == 404


def test_pay_under_an_open_payments_id_is_refused(shop, script):
    shop.post("/v1/payments", BODY)

    answer = shop.pay(BODY)

    assert (answer.status_code, answer.json()["code"], script.asked) == (409, "duplicate_transaction", [])
