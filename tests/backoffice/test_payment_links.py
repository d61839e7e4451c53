"""Payment links in the backoffice: read, made, ended and extended with a reason, and drawn."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments.models import AuditEntry, PaymentLink
from payments.selectors.links import url_of
from tests import factories
from tests.payments.links.making import begun, made_link, paid

from . import acting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(project: Any, script: Any) -> Any:
    return factories.make_account(project)


NEW = {
    "mode": "test",
    "shop_transaction_id": "order-7",
    "currency": "eur",
    "amount": "12.50",
    "max_uses": "1",
    "description": "Tea",
    "note": "Asked for by phone",
}


def staff(*permissions: str) -> Client:
    return acting.staff("view_paymentlink", *permissions)


def page(link: PaymentLink, what: str = "edit") -> str:
    return reverse(f"admin:payments_paymentlink_{what}", args=[link.pk])


def audit() -> list[tuple[str, str, str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor", "note", "outcome"))


def test_the_list_costs_the_same_however_long_and_hides_the_addresses(project, account, script):
    made = [made_link(project) for _ in range(3)]
    client, listed = staff(), reverse("admin:payments_paymentlink_changelist")
    client.get(listed)
    with CaptureQueriesContext(connection) as few:
        client.get(listed)
    paid(begun(made_link(project)), script)
    with CaptureQueriesContext(connection) as more:
        answer = client.get(listed)

    assert len(more) == len(few)
    text = answer.content.decode()
    assert all(link.shop_transaction_id in text for link in made)
    assert "1 of 1" in text
    assert made[0].code not in text
    assert "Make a payment link" not in text


def test_a_links_page_has_its_address_its_qr_code_and_its_payments(project, account, script):
    link = made_link(project, max_uses=2)
    payment = paid(begun(link), script)
    client = staff("view_payment")

    text = client.get(page(link, "change")).content.decode()
    picture = client.get(page(link, "qr"))

    assert url_of(link) in text
    assert page(link, "qr") in text
    assert payment.shop_transaction_id in text
    assert "1 of 2" in text
    assert picture["Content-Type"] == "image/svg+xml"


def test_a_link_is_made_with_a_reason_that_is_kept(project):
    client = staff("edit_paymentlink")

    refused = client.post(reverse("admin:payments_paymentlink_new"), NEW | {"project": project.pk, "note": ""})
    answer = client.post(reverse("admin:payments_paymentlink_new"), NEW | {"project": project.pk})

    link = PaymentLink.objects.get()
    assert refused.status_code == 200
    assert answer["Location"] == page(link, "change")
    assert (link.amount, link.currency, link.max_uses, link.expires_at) == (1250, "EUR", 1, None)
    (begin, end) = audit()
    assert begin[0] == end[0] == "payment_link"
    assert (begin[2], end[3]) == ("Asked for by phone", "ok")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"amount": "12.345"}, "more precise"),
        ({"amount": ""}, "Give an amount, or the two bounds"),
        ({"min_amount": "1", "max_amount": "2"}, "Give an amount, or the two bounds"),
        ({"amount": "", "min_amount": "5", "max_amount": "4"}, "below the other bound"),
        ({"amount": "0"}, "above zero"),
        ({"currency": "XXX"}, "no currency code"),
        ({"expires_at": "2020-01-01 00:00"}, "A time to come"),
    ],
)
def test_a_wrong_link_is_not_made(project, over, said):
    answer = staff("edit_paymentlink").post(
        reverse("admin:payments_paymentlink_new"), NEW | {"project": project.pk} | over
    )

    assert said in answer.content.decode()
    assert not PaymentLink.objects.exists()
    assert audit() == []


def test_the_same_order_twice_is_told_in_the_form(project):
    client = staff("edit_paymentlink")
    for amount in ("12.50", "13.00"):
        answer = client.post(reverse("admin:payments_paymentlink_new"), NEW | {"project": project.pk, "amount": amount})

    assert "belongs to a payment link with other content" in answer.content.decode()
    assert PaymentLink.objects.count() == 1


def test_a_link_is_ended_and_extended_with_a_reason(project):
    link = made_link(project)
    client = staff("edit_paymentlink")

    def change(**over: Any) -> Any:
        return client.post(page(link), {"max_uses": "1", "expires_at": "", "note": "Ordered again"} | over)

    assert change(disabled="on")["Location"] == page(link, "change")
    link.refresh_from_db()
    assert link.disabled_at is not None
    change(expires_at="2099-03-01 12:00", max_uses="")
    link.refresh_from_db()
    assert (link.disabled_at, link.max_uses) == (None, None)
    assert link.expires_at == dt.datetime(2099, 3, 1, 12, tzinfo=dt.UTC)
    assert "A time to come" in change(expires_at="2020-01-01 00:00").content.decode()
    assert [entry[3] for entry in audit()] == ["asked", "ok"] * 2
    change(expires_at="2099-03-01 12:00", max_uses="")
    assert len(audit()) == 4


def test_whoever_may_only_read_changes_nothing(project):
    link = made_link(project)
    client = staff()

    assert client.get(page(link, "change")).status_code == 200
    for answer in (
        client.get(page(link)),
        client.post(page(link), {"disabled": "on", "note": "because"}),
        client.post(reverse("admin:payments_paymentlink_new"), NEW | {"project": project.pk}),
    ):
        assert answer.status_code == 403
    assert acting.staff("edit_paymentlink", name="bruno").get(page(link, "qr")).status_code == 403
    link.refresh_from_db()
    assert (link.disabled_at, PaymentLink.objects.count()) == (None, 1)
