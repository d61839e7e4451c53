"""A customer follows a payment link in a browser: wide and narrow, with and without JavaScript, in time and too late."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.models import Attempt, Payment, PaymentLink, Source
from payments.services.cancel import expire
from payments.services.expire_due import BY_TIME
from payments.services.links.change import LinkChange, change_link
from payments.services.links.make import MakeCommand, make_link
from payments.services.pay_by_link import link_of as link_of_outcome
from payments.services.pay_by_link import pay_by_link
from tests import factories

from .conftest import ITEMS, Shop
from .customer import PHONE, WIDE, Customer

pytestmark = [pytest.mark.browser]
Customers = Callable[..., Customer]
CARD = "button[value^='sandbox/credit-cards']"
PAY = "main form button"


def link_of(shop: Shop, **over: Any) -> PaymentLink:
    fields: dict[str, Any] = {
        "project": shop.project,
        "mode": "test",
        "shop_transaction_id": f"order-{len(over)}-{clock.now().timestamp()}",
        "currency": "EUR",
        "description": "Coffee for the week",
        "expires_at": clock.now() + dt.timedelta(days=7),
    }
    if "min_amount" not in over:
        fields |= {"amount": 4999, "additional_data": {"items": ITEMS}}
    return make_link(MakeCommand(**fields | over))


def chosen(shop: Shop) -> PaymentLink:
    return link_of(shop, min_amount=500, max_amount=100_000, description="A gift for the cats", max_uses=None)


def url(shop: Shop, link: PaymentLink) -> str:
    return f"{shop.base}/l/{link.code}"


def fixed(shop: Shop, customer: Customer) -> None:
    customer.open(url(shop, link_of(shop)))


def amount(shop: Shop, customer: Customer) -> None:
    customer.open(url(shop, chosen(shop)))


def wrong_amount(shop: Shop, customer: Customer) -> None:
    amount(shop, customer)
    customer.run(lambda: customer.page.fill("#amount", "4,99"))
    customer.click(PAY)


def begun(shop: Shop, customer: Customer) -> None:
    link = link_of(shop)
    customer.open(url(shop, link))
    customer.click(PAY)
    customer.open(url(shop, link))


def used(shop: Shop, customer: Customer) -> None:
    link = link_of(shop)
    customer.open(url(shop, link))
    customer.click(PAY)
    customer.click(CARD)
    customer.pay_at_psp("visa")
    customer.forget_cookie("hub_link")
    customer.open(url(shop, link))


def paid(shop: Shop, customer: Customer) -> None:
    link = link_of(shop)
    customer.open(url(shop, link))
    customer.click(PAY)
    customer.click(CARD)
    customer.pay_at_psp("visa")
    customer.open(url(shop, link))


def expired(shop: Shop, customer: Customer) -> None:
    link = link_of(shop)
    PaymentLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - dt.timedelta(hours=1))
    customer.open(url(shop, link))


def disabled(shop: Shop, customer: Customer) -> None:
    link = link_of(shop)
    change_link(link.pk, LinkChange(disabled=True))
    customer.open(url(shop, link))


SCENES = {scene.__name__: scene for scene in (fixed, amount, wrong_amount, begun, used, paid, expired, disabled)}


def test_a_customer_pays_by_a_link_once_and_the_next_one_is_refused_kindly(shop: Shop, customers: Customers) -> None:
    link = link_of(shop)
    customer, late = customers(java_script_enabled=False), customers()
    late.open(url(shop, link))

    customer.open(url(shop, link))
    customer.click(PAY)
    customer.click(CARD)
    customer.pay_at_psp("visa")
    thanked = customer.heading()
    late.click(PAY)

    assert thanked == "Thank you, your payment was received"
    assert late.heading() == "This link has been paid already"
    payment = Payment.objects.get()
    assert (payment.captured, payment.shop_transaction_id) == (4999, f"{link.shop_transaction_id}-1")
    assert late.complaints_about(shop.base) == [said for said in late.complaints_about(shop.base) if "410" in said]


def test_a_customer_who_chooses_an_amount_pays_just_that(shop: Shop, customers: Customers) -> None:
    customer = customers(viewport=PHONE, locale="de-DE")
    amount(shop, customer)

    customer.run(lambda: customer.page.fill("#amount", "4,99"))
    customer.click(PAY)
    refused = customer.text()
    customer.run(lambda: customer.page.fill("#amount", "12,50"))
    customer.click(PAY)
    customer.click(CARD)
    customer.pay_at_psp("visa")

    assert "Bitte geben Sie einen Betrag von 5,00" in refused
    assert Payment.objects.get().captured == 1250


def test_a_second_visitor_takes_over_what_the_first_has_not_finished(shop: Shop, customers: Customers) -> None:
    link = link_of(shop)
    first, second = customers(), customers()
    for customer in (first, second):
        customer.open(url(shop, link))
        customer.click(PAY)
        customer.click(CARD)

    second.pay_at_psp("visa")
    first.open(url(shop, link))

    assert second.heading() == "Thank you, your payment was received"
    assert first.heading() == "This link has been paid already"
    assert sorted(Payment.objects.values_list("state", "captured")) == [
        ("PAYMENT_EXECUTED", 4999),
        ("PAYMENT_EXPIRED", 0),
    ]


@pytest.mark.parametrize("scene", ["fixed", "wrong_amount", "expired"])
def test_a_link_page_can_be_used_by_everybody(shop: Shop, customers: Customers, scene: str) -> None:
    customer = customers(viewport={"width": 320, "height": 640})

    SCENES[scene](shop, customer)
    weight, foreign = customer.weigh(shop.base)

    assert customer.violations() == []
    assert not customer.overflows()
    assert (weight < 50_000, foreign) == (True, [])


@pytest.mark.full
@pytest.mark.parametrize("width", ["wide", "phone"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_link_page_can_be_pictured(
    shop: Shop, customers: Customers, tmp_path: Path, scene: str, width: str
) -> None:
    folder = Path(os.environ.get("CHECKOUT_PICTURES", tmp_path))
    customer = customers(viewport=WIDE if width == "wide" else PHONE, locale="en-GB" if width == "wide" else "it-IT")

    SCENES[scene](shop, customer)
    file = folder / f"link-{scene}-{width}.png"
    customer.picture(file)

    assert customer.violations() == []
    assert not customer.overflows()
    assert file.stat().st_size < 150_000


def test_a_link_that_the_psp_itself_has_made_is_paid_there_once(shop: Shop, customers: Customers) -> None:
    command = factories.pay_command(shop.project, provider="sandbox", method="", money=Money(4999, "EUR"))
    made = link_of_outcome(pay_by_link(command))
    customer = customers()

    customer.open(made.link)
    customer.pay_at_psp("visa")
    reconcile.check(Attempt.objects.get().pk, source=Source.SYSTEM, evidence="test")

    payment = Payment.objects.get()
    assert made.link.startswith(shop.sandpay.url)
    assert (payment.state, payment.captured, payment.method) == ("PAYMENT_EXECUTED", 4999, "")
    assert link_of_outcome(pay_by_link(command)).payment == payment


def test_s43_a_link_of_the_psp_is_ended_there_and_nobody_can_pay_it(shop: Shop, customers: Customers) -> None:
    command = factories.pay_command(shop.project, provider="sandbox", method="", money=Money(4999, "EUR"))
    made = link_of_outcome(pay_by_link(command))

    expire(Payment.objects.select_related("provider_account").get(), BY_TIME)
    customer = customers()
    customer.open(made.link)

    assert Payment.objects.get().state == "PAYMENT_EXPIRED"
    assert customer.run(lambda: customer.page.locator("button[value=pay]").count()) == 0
