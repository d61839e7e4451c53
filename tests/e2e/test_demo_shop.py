"""A customer clicks through the demo shop: cart, checkout, the provider's page, and back to a shop that knows it is paid."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.checkout.customer import WIDE, Customer, browsing

from .psp import Psp
from .stack import Stack
from .waiting import until


@pytest.fixture(scope="module")
def browser_of() -> Iterator[Callable[..., Customer]]:
    with browsing() as make:
        yield make


def test_a_customer_buys_a_cup_and_the_shop_knows_it_is_paid(
    stack: Stack, psp: Psp, browser_of: Callable[..., Customer]
) -> None:
    shop = f"http://127.0.0.1:{stack.ports.shop}"
    customer = browser_of(viewport=WIDE, locale="en-GB")
    page = customer.page

    def buy() -> tuple[str, str]:
        page.goto(shop)
        page.get_by_role("button", name="Add Espresso cup to the cart").click()
        page.get_by_role("button", name="Pay € 14.00").click()
        page.get_by_role("button", name="Credit or debit card").click()
        page.wait_for_url("**/pay/sp_*")
        page.get_by_role("button", name="Pay").first.click()
        page.wait_for_url(re.compile(r"/orders/shop-[0-9a-f]{16}$"))
        return page.url.rpartition("/")[2], page.get_by_role("status").inner_text()

    order, said = customer.run(buy)

    assert (said, psp.charges(order)) == ("Paid", [1400])

    def callback_came() -> bool:
        page.reload()
        return "payment.captured" in page.content()

    until(lambda: customer.run(callback_came), "the shop was not told by a signed callback")
    assert customer.complaints_about(shop) == []
    forged = f"{shop}/return/{order}?status=ACCEPTED&paymentId=x&shopTransactionId={order}&timestamp=1&signature=00"
    answer = customer.open(forged)
    assert answer is not None
    assert answer.status == 400
    customer.close()
