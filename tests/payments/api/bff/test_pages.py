"""A web page and one payment: what it may read and pay, and everything that it may not."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import Money
from payments.models import Attempt, MethodLimit, Payment, Project
from payments.services.checkout_tokens import client_token
from payments.services.merchants import create_api_key
from payments.services.open_payment import OpenCommand, open_payment
from providers.types import Outcome
from tests import factories, scripted
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.api.payments import own

from .conftest import ORIGIN, list_origins

pytestmark = pytest.mark.django_db
CARDS = {"provider": "scripted", "paymentMethod": "credit-cards"}


@pytest.fixture
def at_provider(script):
    """The provider sends every customer to a page of its own."""
    script.pay = [lambda call, request: scripted.payment(Outcome.ACTION_REQUIRED, id=own(call))]
    return script


def pay(system, payment, **over):
    return system.post("/pgm-bff/pay", {"sagaId": payment.public_id} | CARDS | over)


def read(system, path, payment):
    return system.get(f"/pgm-bff/{path}", {"sagaId": payment.public_id})


# ---- what a page can do


def test_a_page_reads_what_it_shows_and_nothing_of_the_buyer(page, open_one):
    payment = open_one(
        "order-2",
        description="Order 2",
        buyer={"email": "ada@shop.example"},
        additional_data={"items": [{"description": "Mug", "amount": 1299, "cost": 3}], "note": "regular"},
    )
    page.token = client_token(payment)

    shown = read(page, "payment-info", payment).json()

    assert {name: shown[name] for name in ("amount", "currency", "description", "stage", "status", "triesLeft")} == {
        "amount": 1299,
        "currency": "EUR",
        "description": "Order 2",
        "stage": "choose",
        "status": "PENDING",
        "triesLeft": 5,
    }
    assert shown["items"] == [{"description": "Mug", "amount": 1299}]
    assert "ada" not in str(shown)
    assert "regular" not in str(shown)


def test_a_page_lists_the_methods_that_its_customer_is_offered(page, opened):
    assert page.get(f"/pgm-bff/payment/{opened.public_id}/methods").json() == [
        {"provider": "scripted", "paymentMethod": "credit-cards", "redirectKind": "desktop"}
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("country", "ITA"), ("country", "1T"), ("device", "fridge"), ("applePay", "maybe")]
)
def test_what_is_said_of_the_customer_must_make_sense(page, opened, name, value):
    response = page.get(f"/pgm-bff/payment/{opened.public_id}/methods", {name: value})
    assert error_of(response) == (400, "invalid_field", name)


def test_a_phone_is_told_by_its_browser(page, opened):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
    (method,) = page.get(f"/pgm-bff/payment/{opened.public_id}/methods", User_Agent=agent).json()
    assert method["redirectKind"] == "mobile"


def test_a_page_pays_and_polls_until_the_outcome_is_known(page, opened, at_provider):
    waiting = read(page, "pay-polling", opened).json()
    sent = pay(page, opened).json()
    polled = read(page, "pay-polling", opened).json()

    assert waiting["result"] == "PENDING"
    assert (sent["result"], sent["redirectToUrl"]) == ("REDIRECT_TO_URL", "https://psp.test/checkout/1")
    assert polled == sent
    assert read(page, "payment-info", opened).json()["stage"] == "at_provider"


def test_a_double_click_is_one_session(page, opened, at_provider):
    first, again = pay(page, opened).json(), pay(page, opened).json()

    assert first == again
    assert (at_provider.count("pay"), Attempt.objects.count()) == (1, 1)


def test_a_key_for_one_request_answers_it_twice_and_no_other(page, opened, at_provider):
    body = {"sagaId": opened.public_id} | CARDS
    first, again, other = (
        page.post("/pgm-bff/pay", sent, Idempotency_Key="k-1") for sent in (body, body, body | {"provider": "stripe"})
    )

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert error_of(other)[:2] == (422, "idempotency_key_reused")


def test_a_payment_that_is_paid_takes_no_other_try(page, opened, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    assert pay(page, opened).json()["result"] == "OK"
    assert read(page, "pay-polling", opened).json()["result"] == "OK"

    assert error_of(pay(page, opened))[:2] == (409, "checkout_over")
    assert script.count("pay") == 1


def test_a_decline_is_told_and_may_be_tried_again(page, opened, script):
    script.pay = [scripted.payment(Outcome.DECLINED, id=""), scripted.payment(Outcome.SUCCEEDED)]

    assert pay(page, opened).json()["result"] == "KO"
    assert read(page, "payment-info", opened).json()["reason"] == "insufficient_funds"
    assert pay(page, opened).json()["result"] == "OK"


# ---- what it cannot


@pytest.mark.parametrize(
    "more", [{"amount": 1}, {"currency": "JPY"}, {"remainingAmount": 1}, {"shopTransactionId": "other"}]
)
def test_there_is_no_way_to_say_how_much(page, opened, script, more):
    assert error_of(pay(page, opened, **more)) == (400, "invalid_field", next(iter(more)))
    assert script.asked == []


CALLS = [
    lambda page, saga: page.get("/pgm-bff/payment-info", {"sagaId": saga}),
    lambda page, saga: page.get("/pgm-bff/pay-polling", {"sagaId": saga}),
    lambda page, saga: page.get(f"/pgm-bff/payment/{saga}/methods"),
    lambda page, saga: page.post("/pgm-bff/pay", {"sagaId": saga} | CARDS),
    lambda page, saga: page.post("/pgm-bff/apple-pay-session", {"sagaId": saga, "validationUrl": "https://x.test"}),
    lambda page, saga: page.post("/pgm-bff/tokenization", {"sagaId": saga, "provider": "scripted"}),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_token_reaches_no_other_payment_and_does_not_tell_whether_there_is_one(page, open_one, script, call):
    other = open_one("order-2")

    refusals = [error_of(call(page, saga)) for saga in (other.public_id, "pay_" + "0" * 32, "payment-8a3f")]

    assert refusals == [(403, "forbidden", "X-Payment-Token")] * 3
    assert script.asked == []


@pytest.mark.parametrize("token", ["", "x", "x" * 5000])
@pytest.mark.parametrize("call", CALLS)
def test_without_a_good_token_a_page_reaches_nothing(page, opened, call, token):
    page.token = token
    assert error_of(call(page, opened.public_id)) == (403, "forbidden", "X-Payment-Token")


def test_a_tampered_token_is_refused(page, opened):
    page.token = page.token[:-2] + ("AA" if page.token[-2:] != "AA" else "BB")
    assert error_of(read(page, "payment-info", opened))[:2] == (403, "forbidden")


def test_a_token_ends_with_its_checkout(page, opened):
    with clock.advanced(25 * 3600):
        assert error_of(read(page, "payment-info", opened))[:2] == (409, "token_expired")


def test_another_projects_token_opens_nothing(page, script):
    other = factories.make_project()
    factories.make_account(other)
    theirs = _opened_in(other)
    page.token = client_token(theirs)

    assert error_of(read(page, "payment-info", theirs))[:2] == (403, "forbidden")


def _opened_in(project: Project) -> Payment:
    return open_payment(OpenCommand(project, "test", Money(500, "EUR"), "theirs"))


def test_a_live_key_reaches_no_test_payment(page, project, opened):
    page.secret = create_api_key(project=project, mode="live", scopes=["checkout"]).secret
    assert error_of(read(page, "payment-info", opened))[:2] == (403, "forbidden")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"]
)
def test_a_page_of_another_origin_is_refused(page, opened, origin):
    page.origin = origin
    refused = read(page, "payment-info", opened)
    assert error_of(refused)[:2] == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in refused


def test_an_origin_of_another_project_is_refused_too(page, opened):
    list_origins(project=factories.make_project(), listed=["https://other.example"])
    page.origin = "https://other.example"
    assert error_of(read(page, "payment-info", opened))[:2] == (403, "forbidden")


@pytest.mark.parametrize("scopes", [["payments"], ["payments", "checkout"], ["checkout", "read"]])
def test_a_page_with_a_key_that_can_do_more_is_refused(page, project, opened, scopes):
    page.secret = create_api_key(project=project, mode="test", scopes=scopes).secret
    assert error_of(read(page, "payment-info", opened))[:2] == (403, "forbidden")


@pytest.mark.parametrize("path", ["/v1/payments", "/scripted/status", "/fm-transactions/"])
def test_a_browsers_key_opens_nothing_else(page, path):
    assert error_of(page.get(path))[0] == 403


def test_redirects_that_a_page_brings_must_be_listed(page, project, opened, at_provider):
    refused = pay(page, opened, successRedirect="https://evil.example/thanks")
    Project.objects.filter(pk=project.pk).update(redirect_hosts=["shop.example"])
    taken = pay(page, opened, successRedirect="https://shop.example/thanks")

    assert error_of(refused) == (400, "invalid_field", "successRedirect")
    assert taken.status_code == 200
    assert Payment.objects.get(pk=opened.pk).success_redirect_url == "https://shop.example/thanks"


def test_a_card_number_is_refused_and_nothing_is_sent(page, opened, script):
    response = pay(page, opened, providerData={"number": "4111 1111 1111 1111"})
    assert error_of(response)[:2] == (422, "unprocessable")
    assert script.asked == []


def test_tries_are_bounded_by_payment_and_address(page, opened, at_provider, settings):
    settings.CHECKOUT_TRIES_PER_PAYMENT = "2/min"

    answers = [pay(page, opened) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) >= 1


# ---- a shop's server


def test_a_server_reaches_every_payment_of_its_project_without_token(shop, opened, at_provider):
    assert read(shop, "payment-info", opened).json()["stage"] == "choose"
    assert pay(shop, opened, successRedirect="https://anywhere.example").json()["result"] == "REDIRECT_TO_URL"


def test_a_server_of_another_project_finds_nothing(stranger, opened):
    assert error_of(read(stranger, "payment-info", opened)) == (404, "not_found", "sagaId")


def test_a_server_makes_the_token_that_its_page_needs(shop, page, opened):
    made = shop.post("/pgm-bff/client-token", {"sagaId": opened.public_id}).json()
    page.token = made["clientToken"]
    assert read(page, "payment-info", opened).status_code == 200


def test_a_page_makes_no_tokens(page, opened):
    assert error_of(page.post("/pgm-bff/client-token", {"sagaId": opened.public_id}))[:2] == (403, "forbidden")


@pytest.fixture
def saga(project, account) -> str:
    driver = OrderSystem(create_api_key(project=project, mode="test", scopes=["saga:drive"]).secret)
    metadata = {
        "shopTransactionId": "order-9",
        "amount": 1299,
        "currency": "EUR",
        "payRequestData": {"successRedirect": "https://shop.example/thanks"},
        "additionalData": {"channel": "web", "buyer": {"email": "ada@shop.example"}},
        "basket": "b-7",
    }
    made = driver.post("/fm/saga", {"associatedEntityId": "order-9", "metadata": metadata})
    return made.json()["sagaId"]


def test_a_saga_of_the_flow_manager_is_paid_by_its_own_id(shop, saga, at_provider):
    shown = shop.get("/pgm-bff/payment-info", {"sagaId": saga}).json()
    methods = shop.get(f"/pgm-bff/payment/{saga}/methods").json()
    sent = shop.post("/pgm-bff/pay", {"sagaId": saga} | CARDS).json()

    assert (shown["sagaId"], shown["amount"], shown["shopTransactionId"]) == (saga, 1299, "order-9")
    assert [method["provider"] for method in methods] == ["scripted"]
    assert sent["result"] == "REDIRECT_TO_URL"
    payment = Payment.objects.get()
    assert (payment.public_id, payment.buyer, payment.additional_data) == (
        saga,
        {"email": "ada@shop.example"},
        {"channel": "web"},
    )
    assert payment.saga_metadata["basket"] == "b-7"


def test_a_saga_that_does_not_say_how_much_cannot_be_paid(shop, project):
    driver = OrderSystem(create_api_key(project=project, mode="test", scopes=["saga:drive"]).secret)
    saga = driver.post("/fm/saga", {"associatedEntityId": "e", "metadata": {"currency": "EUR"}}).json()["sagaId"]

    assert error_of(shop.get("/pgm-bff/payment-info", {"sagaId": saga}))[:2] == (400, "invalid_field")
    assert not Payment.objects.exists()


def test_another_projects_saga_is_not_opened(stranger, saga):
    assert error_of(stranger.get("/pgm-bff/payment-info", {"sagaId": saga})) == (404, "not_found", "sagaId")
    assert not Payment.objects.exists()


# ---- CORS


def preflight(client, path="/pgm-bff/pay", origin=ORIGIN):
    return client.generic(
        "OPTIONS",
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "secret,x-payment-token,content-type",
        },
    )


def test_a_listed_origin_may_call(page, client, opened):
    asked = preflight(client)

    assert (asked.status_code, asked.content) == (204, b"")
    assert asked["Access-Control-Allow-Origin"] == ORIGIN
    assert {"secret", "x-payment-token", "content-type", "authorization"} <= set(
        asked["Access-Control-Allow-Headers"].split(", ")
    )
    assert asked["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Access-Control-Allow-Credentials" not in asked
    assert "Origin" in asked["Vary"]
    answer = read(page, "payment-info", opened)
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]


def test_a_refusal_can_be_read_by_the_page_that_it_is_for(page, opened):
    page.secret = "phk_test_wrong"
    refused = read(page, "payment-info", opened)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, ORIGIN)


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/pgm-bff/pay", "https://evil.example"),
        ("/pgm-bff/pay", "null"),
        ("/pgm-bff/refund", ORIGIN),
        ("/pgm-bff/refund/bulk", ORIGIN),
        ("/pgm-bff/expire", ORIGIN),
        ("/pgm-bff/send-email", ORIGIN),
        ("/pgm-bff/invoice-download", ORIGIN),
        ("/pgm-bff/payment/pay_1/invoice", ORIGIN),
        ("/pgm-bff/client-token", ORIGIN),
        ("/v1/payments", ORIGIN),
    ],
)
def test_no_other_path_and_no_other_origin_may(page, client, path, origin):
    assert not [name for name in preflight(client, path, origin).headers if name.startswith("Access-Control")]


def test_origins_of_a_project_that_is_switched_off_may_not(page, client, project):
    Project.objects.filter(pk=project.pk).update(standing="inactive")
    assert "Access-Control-Allow-Origin" not in preflight(client)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*.shop.example",
        "https://shop.example/",
        "https://SHOP.example",
        "https://shop.example:443",
        "ftp://x",
    ],
)
def test_what_is_no_origin_is_not_listed(project, origin):
    with pytest.raises(InvalidField):
        list_origins(project=project, listed=[origin])


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://[::1]:3000", "https://a-b.shop.example"])
def test_these_are_origins(project, origin):
    list_origins(project=project, listed=[origin, origin])
    assert Project.objects.get(pk=project.pk).browser_origins == [origin]


def test_a_page_cannot_choose_what_its_customer_is_not_offered_and_a_shops_server_can(page, shop, opened, at_provider):
    MethodLimit.objects.create(account=opened.project.provider_accounts.get(), method="credit-cards", countries=["IT"])

    assert error_of(pay(page, opened)) == (404, "not_found", "paymentMethod")
    assert not Attempt.objects.exists()
    assert pay(shop, opened).json()["result"] == "REDIRECT_TO_URL"
