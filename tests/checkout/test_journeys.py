"""A customer pays: chooses a method, pays at the sandbox PSP, comes back, and is told the truth at every step."""

import re
from collections.abc import Callable

import pytest

from payments.models import Attempt, Payment

from .conftest import Shop
from .customer import PHONE, PHONE_AGENT, Customer

pytestmark = [pytest.mark.browser]
Customers = Callable[..., Customer]


def test_s27_a_customer_chooses_a_method_pays_and_gets_a_receipt(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    assert customer.url() == shop.page(payment)  # the token has left the address bar
    chosen_from = customer.text()
    customer.click("button:has-text('Credit or debit card')")
    at_psp = customer.url()
    customer.pay_at_psp("visa")

    assert "€25.99" in chosen_from
    assert "2 × Espresso beans, 1 kg" in chosen_from
    assert "Test mode" in chosen_from
    assert at_psp.startswith(f"{shop.sandpay.url}/pay/")
    assert customer.url() == shop.page(payment)
    assert customer.heading() == "Thank you, your payment was received"
    assert payment.public_id in customer.text()
    assert customer.complaints_about(shop.base) == []
    payment.refresh_from_db()
    assert (payment.captured, payment.method) == (2599, "credit-cards")
