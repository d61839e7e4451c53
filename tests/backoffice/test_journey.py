"""What a member of staff does in a browser: refund half a payment, see its story, resolve an item."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from payments.models import AuditEntry, OperatorItem, Project, Refund
from tests import factories
from tests.backoffice import acting
from tests.scripted import Script
from tests.staff import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "long-enough-words-9"
T = TypeVar("T")


@pytest.fixture
def driven() -> Iterator[Callable[[Callable[[Browser], T]], T]]:
    """Run a function with a browser in a thread of its own, away from the test's database connection."""

    def drive(function: Callable[[Browser], T]) -> T:
        with sync_playwright() as playwright:
            options = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(options))
            try:
                return function(browser)
            finally:
                browser.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda function: pool.submit(drive, function).result(timeout=100)


def log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/admin/")
    page.fill("input[name=username]", "marta")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def test_staff_refunds_half_a_payment_and_resolves_an_item(
    project: Project, script: Script, live_server: Any, driven: Callable[[Callable[[Browser], Any]], Any]
) -> None:
    factories.make_account(project)
    payment = acting.paid(project, script, money=(1300, "EUR"))
    script.refund = [acting.yes]
    item = OperatorItem.objects.create(
        project=project, payment=payment, kind="external_refund", about="re_1", next_step="Compare with the provider."
    )
    make_staff("marta", *acting.ALL, password=PASSWORD)

    def confirm_page(page: Page) -> Page:
        page.goto(f"{live_server.url}{acting.page_url(payment)}")
        page.click("nav[aria-label=Actions] >> text=Refund")
        page.fill("input[name=amount]", "6.50")
        page.select_option("select[name=reason]", "returned")
        page.fill("textarea[name=note]", "One of two came back")
        page.click("text=Go on")
        return page

    def journey(browser: Browser) -> dict[str, Any]:
        context = browser.new_context()
        page = context.new_page()
        log_in(page, live_server.url)
        other_tab = confirm_page(context.new_page())
        told = confirm_page(page).inner_text("ul.hub-effect")
        page.click("button:has-text('Refund 6.50 EUR')")
        page.wait_for_selector("section[aria-label=Result]")
        done = page.inner_text("section[aria-label=Result]")
        other_tab.click("button:has-text('Refund 6.50 EUR')")
        other_tab.wait_for_selector("section[aria-label=Result]")
        repeated = other_tab.inner_text("[role=alert]")
        page.click("text=Back to the payment")
        timeline = page.inner_text("section:has(> #timeline)")
        page.click("section:has(> #items) >> a:has-text('External refund')")
        page.click("nav[aria-label=Actions] >> text=Resolve")
        page.fill("textarea[name=note]", "Compared: it is the same refund.")
        page.click("button:has-text('Resolve')")
        page.wait_for_selector("section[aria-label=Result]")
        resolved = page.inner_text("section[aria-label=Result]")
        return {"told": told, "done": done, "repeated": repeated, "timeline": timeline, "resolved": resolved}

    seen = driven(journey)

    assert "6.50 EUR of 13.00 EUR goes back to the customer" in seen["told"]
    assert "Done" in seen["done"]
    assert "Nothing was done a second time" in seen["repeated"]
    assert "Refund of 6.50 EUR asked for" in seen["timeline"]
    assert "One of two came back" in seen["timeline"]
    assert "marta" in seen["timeline"]
    assert "Resolved: external refund." in seen["resolved"]
    assert [(row.amount, row.actor) for row in Refund.objects.all()] == [(650, "marta")]
    item.refresh_from_db()
    assert (item.resolved_by, item.resolution) == ("marta", "Compared: it is the same refund.")
    assert list(AuditEntry.objects.exclude(outcome="asked").order_by("id").values_list("action", "outcome")) == [
        ("refund", "ok"),
        ("resolve", "ok"),
    ]
