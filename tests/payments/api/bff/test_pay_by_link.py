"""POST /pgm-bff/pay-by-link: one payment, one address, one mail, and only to whom it belongs."""

import pytest

from payments.models import Mail, Payment
from payments.services.checkout_tokens import client_token
from tests.payments.api.conftest import error_of

pytestmark = pytest.mark.django_db
PATH = "/pgm-bff/pay-by-link"


@pytest.fixture(autouse=True)
def mails(settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_FROM = "mail.test", "Shop <shop@shop.example>"


def test_a_customer_is_mailed_an_address_that_opens_the_checkout_again_and_again(page, opened, client):
    made = page.post(PATH, {"sagaId": opened.public_id, "email": "ada@shop.example"}).json()

    assert (made["result"], made["resultCode"], made["metadata"]["mail"]) == ("OK", "OK", "due")
    assert Mail.objects.get().event == "payment_link"
    assert Payment.objects.get().buyer == {"email": "ada@shop.example"}
    path = "/" + made["link"].split("/", 3)[3]
    first, second = client.get(path), client.get(path)
    assert (first.status_code, second.status_code) == (303, 303)
    assert client.get("/" + second["Location"].split("/", 3)[3])["Location"] == f"/payment/{opened.public_id}"


def test_asked_for_twice_it_is_mailed_once(page, opened):
    body = {"sagaId": opened.public_id, "email": "ada@shop.example"}
    first, again = page.post(PATH, body).json(), page.post(PATH, body).json()
    assert first["link"] == again["link"]
    assert Mail.objects.count() == 1


def test_a_page_sends_the_link_to_nobody_else(page, shop, open_one):
    payment = open_one("order-2", buyer={"email": "ada@shop.example"})
    page.token = client_token(payment)
    body = {"sagaId": payment.public_id, "email": "eve@evil.example"}

    assert error_of(page.post(PATH, body)) == (400, "invalid_field", "email")
    assert not Mail.objects.exists()
    assert shop.post(PATH, body).status_code == 200


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"email": "nobody"}, (400, "invalid_field", "email")),
        ({"phone": "+39 02 1234"}, (501, "unsupported_operation", None)),
        ({"amount": 1}, (400, "invalid_field", "amount")),
    ],
)
def test_what_cannot_be_sent_is_refused(page, opened, more, wrong):
    assert error_of(page.post(PATH, {"sagaId": opened.public_id} | more)) == wrong


def test_what_has_ended_is_not_sent(page, opened):
    Payment.objects.update(claimed_shop_transaction_id=None)
    assert error_of(page.post(PATH, {"sagaId": opened.public_id}))[:2] == (409, "checkout_over")


@pytest.mark.parametrize("token", ["x", "0197a2c4d5e67f8091a2b3c4d5e6f708:x"])
def test_an_address_that_nobody_has_signed_opens_nothing(client, opened, token):
    assert client.get(f"/payment/later/{token}").status_code == 404
    assert client.get(f"/payment/later/{opened.id.hex}:{client_token(opened)}").status_code == 404
