"""`/v1/payment-links`: made, read, listed, changed, sent, drawn, each inside its project and mode."""

import datetime as dt
import json
import struct
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from paymenthub.kernel import clock
from payments.models import Mail, MailState, PaymentLink
from payments.notifications.deliver import deliver
from payments.selectors import api_keys
from payments.services.merchants import create_api_key
from tests.payments.api.conftest import OrderSystem, error_of, live_shop, shop, stranger  # noqa: F401 - fixtures
from tests.payments.links.making import begun, made_link, paid
from tests.payments.notifications.conftest import mails_on  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)
LINKS = "/v1/payment-links"
BODY: dict[str, Any] = {
    "amount": 1299,
    "currency": "EUR",
    "shopTransactionId": "order-1",
    "description": "Tea",
    "buyer": {"name": "Ada", "email": "ada@shop.example"},
}


def patch(shop: OrderSystem, link_id: str, body: dict[str, Any]) -> Any:  # noqa: F811
    return shop.client.generic("PATCH", f"{LINKS}/{link_id}", _json(body), "application/json", headers=_key(shop))


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _key(shop: OrderSystem) -> dict[str, str]:  # noqa: F811
    return {"Authorization": f"Bearer {shop.secret}"}


def test_a_link_is_made_once_and_shown(shop, project):  # noqa: F811
    answer = shop.post(LINKS, BODY)

    link = PaymentLink.objects.get()
    made = answer.json()
    assert answer.status_code == 200
    assert made["id"] == link.public_id
    assert made["url"].endswith(f"/l/{link.code}")
    assert (made["status"], made["amount"], made["maxUses"], made["uses"], made["started"]) == ("open", 1299, 1, 0, 0)
    assert shop.post(LINKS, BODY).json()["id"] == made["id"]
    assert error_of(shop.post(LINKS, BODY | {"amount": 1}))[:2] == (409, "duplicate_transaction")
    assert shop.get(f"{LINKS}/{made['id']}").json() == made
    assert PaymentLink.objects.count() == 1


def test_the_same_idempotency_key_makes_one_link(shop):  # noqa: F811
    first = shop.post(LINKS, BODY, Idempotency_Key="k1")
    again = shop.post(LINKS, BODY, Idempotency_Key="k1")
    other = shop.post(LINKS, BODY | {"amount": 2}, Idempotency_Key="k1")

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert error_of(other)[0] == 422


@pytest.mark.parametrize(
    ("over", "param"),
    [
        ({"amount": None}, "amount"),
        ({"minAmount": 1, "maxAmount": 2}, "amount"),
        ({"amount": None, "minAmount": 5}, "maxAmount"),
        ({"amount": None, "minAmount": 5, "maxAmount": 4}, "maxAmount"),
        ({"amount": 0}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": True}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"maxUses": 0}, "maxUses"),
        ({"shopTransactionId": "x" * 201}, "shopTransactionId"),
        ({"shopTransactionId": "a\nb"}, "shopTransactionId"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2999-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"allowedMethods": ["No/Way/Here"]}, "allowedMethods[0]"),
        ({"callbackUrl": "ftp://shop.example"}, "callbackUrl"),
        ({"singleUse": True}, "singleUse"),
    ],
)
def test_what_is_no_link_is_refused_by_the_fields_name(shop, over, param):  # noqa: F811
    assert error_of(shop.post(LINKS, BODY | over)) == (400, "invalid_field", param)
    assert not PaymentLink.objects.exists()


def test_card_numbers_are_refused(shop):  # noqa: F811
    assert error_of(shop.post(LINKS, BODY | {"description": "4111 1111 1111 1111"}))[0] == 422


def test_a_reusable_link_of_a_chosen_amount(shop):  # noqa: F811
    body = {"minAmount": 100, "maxAmount": 5000, "currency": "EUR", "shopTransactionId": "gifts", "maxUses": None}

    made = shop.post(LINKS, body).json()

    assert (made["amount"], made["minAmount"], made["maxAmount"], made["maxUses"]) == (None, 100, 5000, None)


def test_a_link_is_ended_opened_extended_and_let_be_paid_more_often(shop, project, script):  # noqa: F811
    link = made_link(project)
    paid(begun(link), script)
    assert patch(shop, link.public_id, {"maxUses": 2}).json()["status"] == "open"
    ended = patch(shop, link.public_id, {"disabled": True}).json()
    assert (ended["status"], ended["uses"], ended["started"]) == ("disabled", 1, 1)
    assert patch(shop, link.public_id, {"disabled": False}).json()["disabledAt"] is None
    in_a_week = (clock.now() + dt.timedelta(days=7)).replace(microsecond=0)
    extended = patch(shop, link.public_id, {"expiresAt": in_a_week.isoformat()}).json()
    assert extended["expiresAt"] == in_a_week.isoformat().replace("+00:00", "Z")
    endless = patch(shop, link.public_id, {"expiresAt": None, "maxUses": None}).json()
    assert (endless["expiresAt"], endless["maxUses"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, None),
        ({"amount": 1}, "amount"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"maxUses": 0}, "maxUses"),
    ],
)
def test_a_change_is_strict(shop, project, body, param):  # noqa: F811
    link = made_link(project)
    assert error_of(patch(shop, link.public_id, body)) == (400, "invalid_field", param)


def test_a_list_has_pages_filters_and_a_bounded_number_of_queries(shop, project, script):  # noqa: F811
    made = [made_link(project) for _ in range(5)]
    paid(begun(made[4]), script)

    with CaptureQueriesContext(connection) as few:
        first = shop.get(LINKS, {"limit": "2"}).json()
    second = shop.get(LINKS, {"limit": "2", "cursor": first["nextCursor"]}).json()
    with CaptureQueriesContext(connection) as many:
        whole = shop.get(LINKS).json()

    assert [row["id"] for row in first["data"] + second["data"]] == [link.public_id for link in reversed(made[1:])]
    assert (first["data"][0]["status"], first["data"][0]["uses"], whole["nextCursor"]) == ("used", 1, None)
    assert len(many) <= len(few)
    named = shop.get(LINKS, {"shopTransactionId": made[2].shop_transaction_id}).json()["data"]
    assert [row["id"] for row in named] == [made[2].public_id]
    patch(shop, made[0].public_id, {"disabled": True})
    assert [row["id"] for row in shop.get(LINKS, {"disabled": "true"}).json()["data"]] == [made[0].public_id]
    assert error_of(shop.get(LINKS, {"status": "open"}))[:2] == (400, "invalid_field")


def test_a_foreign_link_is_not_there(shop, stranger, live_shop, project):  # noqa: F811
    link = made_link(project)
    for other in (stranger, live_shop):
        for path in ("", "/qr.svg"):
            assert error_of(other.get(f"{LINKS}/{link.public_id}{path}"))[0] == 404
        assert error_of(patch(other, link.public_id, {"disabled": True}))[0] == 404
        assert error_of(other.post(f"{LINKS}/{link.public_id}/send", {}))[0] == 404
        assert other.get(LINKS).json()["data"] == []
    assert error_of(shop.get(f"{LINKS}/nothing"))[0] == 404


def test_scopes(project, account):
    api_keys.forget()
    link = made_link(project)
    of = {
        scope: OrderSystem(create_api_key(project=project, mode="test", scopes=[scope]).secret)
        for scope in ("read", "backoffice", "checkout", "saga:drive")
    }
    assert of["read"].get(LINKS).status_code == of["backoffice"].get(LINKS).status_code == 200
    assert of["backoffice"].post(LINKS, BODY).status_code == 200
    for scope in ("read", "checkout", "saga:drive"):
        assert error_of(of[scope].post(LINKS, BODY))[0] == 403
        assert error_of(patch(of[scope], link.public_id, {"disabled": True}))[0] == 403
    assert error_of(of["checkout"].get(LINKS))[0] == 403


def test_qr_codes_are_pictures_of_the_address_within_limits(shop, project):  # noqa: F811
    link = made_link(project)
    svg = shop.get(f"{LINKS}/{link.public_id}/qr.svg")
    png = shop.get(f"{LINKS}/{link.public_id}/qr.png", {"scale": "40"})

    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<?xml")
    assert b"<script" not in svg.content
    assert png["Content-Type"] == "image/png"
    width, height = struct.unpack(">II", png.content[16:24])
    assert width == height
    assert 1000 < width < 2500
    assert len(png.content) < 100_000
    for wrong in ("0", "41", "x", "-1"):
        assert error_of(shop.get(f"{LINKS}/{link.public_id}/qr.png", {"scale": wrong}))[:2] == (400, "invalid_field")


def test_a_link_is_sent_to_its_buyer_once_per_key_and_to_others(mails_on, shop, project):  # noqa: F811
    link = PaymentLink.objects.get(pk=made_link(project, buyer={"email": "ada@shop.example"}, locale="de").pk)
    path = f"{LINKS}/{link.public_id}/send"

    sent = shop.post(path, {}, Idempotency_Key="a")
    shop.post(path, {}, Idempotency_Key="a")
    shop.post(path, {"email": "bob@shop.example", "locale": "it"})

    assert sent.json() == {"state": "due", "reason": "", "recipient": "a***@shop.example"}
    assert Mail.objects.count() == 2
    for row in Mail.objects.filter(state=MailState.DUE).order_by("created_at"):
        deliver(row.id, tries=row.tries)
    german, italian = outbox.outbox
    assert (german.to, italian.to) == (["ada@shop.example"], ["bob@shop.example"])
    assert german.subject == f"Ihr Zahlungslink von {project.name}: 12,99 €"
    assert f"/l/{link.code}" in german.body
    assert "Il tuo link di pagamento" in italian.subject


def test_what_cannot_be_sent_is_refused(mails_on, shop, project, script, settings):  # noqa: F811
    link = made_link(project)
    path = f"{LINKS}/{link.public_id}/send"

    assert error_of(shop.post(path, {}))[2] == "email"
    assert error_of(shop.post(path, {"email": "a@b.example\r\nBcc: c@d.example"}))[2] == "email"
    assert error_of(shop.post(path, {"channel": "sms"}))[:2] == (501, "unsupported_operation")
    patch(shop, link.public_id, {"disabled": True})
    assert error_of(shop.post(path, {"email": "ada@shop.example"}))[:2] == (409, "wrong_state")
    assert not Mail.objects.exists()


def test_a_mail_about_a_chosen_amount_names_the_bounds(mails_on, shop, project):  # noqa: F811
    link = made_link(project, min_amount=500, max_amount=10_000)

    shop.post(f"{LINKS}/{link.public_id}/send", {"email": "ada@shop.example", "locale": "en"})

    row = Mail.objects.get()
    deliver(row.id, tries=row.tries)
    assert outbox.outbox[0].subject.endswith("€5.00 – €100.00")
