"""A customer pays: chooses a method, pays at the sandbox PSP, comes back, and is told the truth at every step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from payments.models import Attempt, Payment

from .conftest import Shop
from .customer import PHONE, PHONE_AGENT, Customer
from .scenes import CARD, WALLET

pytestmark = [pytest.mark.browser]
Customers = Callable[..., Customer]


def charges(shop: Shop, payment: Payment) -> list[int]:
    """What the PSP really took for the order."""
    return [amount for kind, amount in shop.sandpay.ledger(payment.shop_transaction_id) if kind == "charge"]


def test_s27_a_customer_chooses_a_method_pays_and_gets_a_receipt(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    assert customer.url() == shop.page(payment)  # the token has left the address bar
    chosen_from = customer.text()
    customer.click(CARD)
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
    assert (payment.captured, payment.method, charges(shop, payment)) == (2599, "credit-cards", [2599])


def test_without_javascript_an_italian_pays_by_phone_and_goes_back_to_the_shop(
    shop: Shop, customers: Customers
) -> None:
    payment = shop.payment(locale="it-IT", success_redirect_url=f"{shop.sandpay.url}/?cart=7")
    customer = customers(java_script_enabled=False, viewport=PHONE, user_agent=PHONE_AGENT, locale="de-DE")

    customer.open(shop.url(payment))
    said = customer.text()
    customer.click(CARD)
    customer.pay_at_psp("visa")

    assert "Come vuoi pagare?" in said
    assert "25,99\N{NO-BREAK SPACE}€" in said
    assert customer.url().startswith(f"{shop.sandpay.url}/?cart=7&paymentId=")
    assert "status=ACCEPTED" in customer.url()


def test_s28_a_declined_customer_is_told_why_and_pays_the_same_order_by_another_method(
    shop: Shop, customers: Customers
) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    customer.click(CARD)
    customer.pay_at_psp("poor")
    told = customer.text()
    customer.click(WALLET)
    customer.pay_at_psp("wallet")

    assert "The payment was not made" in told
    assert "does not hold enough money" in told
    assert "No money was taken" in told
    assert customer.heading() == "Thank you, your payment was received"
    payment.refresh_from_db()
    assert (payment.captured, payment.method, charges(shop, payment)) == (2599, "wallet", [2599])
    assert sorted(Attempt.objects.filter(payment=payment).values_list("kind", "state")) == [
        ("pay", "DECLINED"),
        ("pay", "SUCCEEDED"),
    ]


def test_the_back_button_leads_to_the_open_payment_and_to_another_method(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    customer.click(CARD)
    first_page = customer.url()
    customer.back()
    customer.reload()
    offered = customer.text()
    customer.click(WALLET)
    second_page = customer.url()
    customer.pay_at_psp("wallet")

    assert "Your payment is open" in offered
    assert first_page != second_page
    assert customer.heading() == "Thank you, your payment was received"
    customer.open(first_page)
    assert "cancelled" in customer.text().lower() or "expired" in customer.text().lower()
    assert charges(shop, payment) == [2599]


def test_s4_two_tabs_and_a_double_click_are_one_payment(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    other = customer.new_tab()
    customer.open(shop.page(payment), other)
    customer.double_click(CARD)
    customer.click(CARD, other)
    same = (customer.url(), customer.url(other))
    customer.pay_at_psp("visa")
    customer.open(shop.page(payment), other)

    assert same[0] == same[1]
    assert customer.heading(other) == "Thank you, your payment was received"
    assert Attempt.objects.filter(payment=payment).count() == 1
    assert charges(shop, payment) == [2599]


def test_s29_while_nobody_knows_the_page_says_so_and_then_tells_by_itself(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()

    customer.open(shop.url(payment))
    customer.click(CARD)
    customer.pay_at_psp("later")
    meanwhile = customer.text()
    asked = customer.ask_from_the_page(f"{shop.page(payment)}/stage")
    shop.sandpay.advance(700)
    customer.click("button:has-text('Check again')")

    assert "Your payment is being checked" in meanwhile
    assert "Please do not pay again" in meanwhile
    assert "not made" not in meanwhile
    assert asked == {"stage": "processing"}
    assert customer.heading() == "Thank you, your payment was received"


def test_the_waiting_page_notices_by_itself_that_the_payment_is_decided(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()
    customer.open(shop.url(payment))
    customer.click(CARD)
    customer.pay_at_psp("later")

    shop.sandpay.advance(700)
    shop.ask_the_psp(payment)
    customer.wait_for("h1:has-text('your payment was received')")

    assert customer.complaints_about(shop.base) == []


def test_a_customer_pays_with_the_keyboard_alone(shop: Shop, customers: Customers) -> None:
    payment = shop.payment()
    customer = customers()
    customer.open(shop.url(payment))

    reached = customer.tab_until("button[value^='sandbox/credit-cards']")
    customer.press("Enter")

    assert reached[0] == "Skip to the content"
    assert customer.url().startswith(f"{shop.sandpay.url}/pay/")


def test_the_switcher_changes_the_language_and_it_stays(shop: Shop, customers: Customers) -> None:
    payment = shop.payment(locale="it")
    customer = customers()
    customer.open(shop.url(payment))

    customer.click("a:has-text('Deutsch')")
    customer.open(shop.page(payment))

    assert "Wie möchten Sie bezahlen?" in customer.text()
    assert "25,99\N{NO-BREAK SPACE}€" in customer.text()


def test_clicks_from_two_browsers_at_once_are_one_payment(shop: Shop, customers: Customers) -> None:
    """The race is between the two requests at the hub, so both are sent by hand at the same moment."""
    payment = shop.payment()
    forms = [shop.form(payment), shop.form(payment)]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda form: form.post("sandbox/credit-cards/main"), forms))
    for form in forms:
        form.http.close()

    assert {answer.status_code for answer in answers} <= {303, 409}
    assert Attempt.objects.filter(payment=payment).count() == 1
    assert len(shop.sandpay.by_reference(payment.shop_transaction_id)) == 1
