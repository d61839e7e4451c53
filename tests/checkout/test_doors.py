"""Who may see a payment's pages, who may send their forms, and what every answer carries."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import Money
from payments.attempts.requests import return_token
from payments.checkout import visitor
from payments.checkout.branding_change import BrandingChange, By, save_branding
from payments.models import Attempt, CheckoutToken, Payment, Project, ProviderAccount
from payments.services.checkout_tokens import checkout_url
from payments.services.open_payment import OpenCommand, open_payment
from providers.types import Action, Outcome, Subject, Verdict
from tests import factories
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)
HTML = {"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_LANGUAGE": "en"}
PSP_PAGE = "https://psp.test/pay/1"


def open_one(project: Project, **over: Any) -> Payment:
    fields = {"mode": "test", "money": Money(2599, "EUR"), "shop_transaction_id": f"o-{ids.new_uuid().hex[-8:]}"}
    return open_payment(OpenCommand(**{"project": project} | fields | over))


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


@pytest.fixture
def payment(project: Project, account: ProviderAccount) -> Payment:
    cache.clear()
    return open_one(project)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, headers={"Accept": "text/html", "Accept-Language": "en"})


@pytest.fixture
def page(browser: Client, payment: Payment) -> str:
    """The payment's page, opened in the browser."""
    answer = browser.get(path_of(checkout_url(payment)))
    assert answer.status_code == 303
    return answer["Location"]


def press(browser: Client, page: str, way: str = "scripted/credit-cards/main", **more: Any) -> Any:
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else ""
    return browser.post(f"{page}/choose", {"way": way, "csrfmiddlewaretoken": token}, **more)


def wait_at_psp(script: Script) -> None:
    script.pay = [
        Verdict(subject=Subject.PAYMENT, outcome=Outcome.ACTION_REQUIRED, action=Action(redirect_url=PSP_PAGE))
    ]


def test_a_token_becomes_a_guarded_cookie_and_leaves_the_address(browser: Client, payment: Payment) -> None:
    answer = browser.get(path_of(checkout_url(payment)))
    cookie = answer.cookies["hub_checkout"]

    assert (answer.status_code, answer["Location"]) == (303, f"/payment/{payment.public_id}")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/payment", "")
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")


def test_over_https_the_cookie_is_secure(browser: Client, payment: Payment) -> None:
    answer = browser.get(path_of(checkout_url(payment)), secure=True)

    assert answer.cookies["hub_checkout"]["secure"] is True


def test_a_token_that_was_used_opens_nothing_for_another_browser_and_the_page_for_the_same(
    browser: Client, payment: Payment
) -> None:
    url = path_of(checkout_url(payment))
    browser.get(url)

    again, stranger = browser.get(url), Client().get(url, **HTML)

    assert (again.status_code, again["Location"]) == (303, f"/payment/{payment.public_id}")
    assert stranger.status_code == 401
    assert "not open in this browser" in stranger.content.decode()


def test_a_token_that_is_too_old_or_tampered_with_opens_nothing(browser: Client, payment: Payment) -> None:
    url = path_of(checkout_url(payment))

    assert browser.get(f"{url[:-1]}{'A' if url[-1] != 'A' else 'B'}").status_code == 404
    CheckoutToken.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    assert browser.get(url).status_code == 401


def test_a_program_that_looks_at_the_link_does_not_use_it_up(browser: Client, payment: Payment) -> None:
    url = path_of(checkout_url(payment))

    assert browser.head(url).status_code == 200
    assert browser.get(url).status_code == 303


def test_a_page_is_shown_to_the_browser_that_opened_it_only(
    browser: Client, page: str, project: Project, payment: Payment
) -> None:
    other = open_one(project)
    forged = Client(headers={"Accept": "text/html"})
    forged.cookies["hub_checkout"] = signing.dumps([payment.id.hex], salt="another purpose")

    assert browser.get(page).status_code == 200
    assert browser.get(f"/payment/{other.public_id}").status_code == 401
    assert Client().get(page, **HTML).status_code == 401
    assert forged.get(page).status_code == 401


def test_a_cookie_ends_after_two_days(browser: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "_LIFETIME", -1)

    assert browser.get(page).status_code == 401


def test_the_eight_latest_payments_are_kept(browser: Client, project: Project, account: ProviderAccount) -> None:
    cache.clear()
    pages = [browser.get(path_of(checkout_url(open_one(project))))["Location"] for _ in range(9)]

    assert [browser.get(page).status_code for page in pages] == [401] + [200] * 8


def test_a_form_without_its_token_is_refused_and_nothing_is_begun(browser: Client, page: str) -> None:
    browser.get(page)

    answer = browser.post(f"{page}/choose", {"way": "scripted/credit-cards/main"})

    assert answer.status_code == 403
    assert "Nothing was paid" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_a_click_sends_the_browser_to_the_psp_and_again_to_the_same_page(
    browser: Client, page: str, script: Script
) -> None:
    wait_at_psp(script)
    browser.get(page)

    answers = [press(browser, page), press(browser, page)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, PSP_PAGE)] * 2
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("way", ["", "x" * 201], ids=["none", "long"])
def test_a_click_on_nothing_is_a_400(browser: Client, page: str, way: str) -> None:
    browser.get(page)

    assert press(browser, page, way).status_code == 400


def test_a_method_that_is_not_offered_is_refused_and_the_others_are_shown(browser: Client, page: str) -> None:
    browser.get(page)

    answer = press(browser, page, "scripted/cash/main")

    assert answer.status_code == 409
    assert "not offered any more" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_a_projects_pages_are_at_its_own_host_and_at_the_hubs_and_nowhere_else(
    browser: Client, payment: Payment, project: Project
) -> None:
    other = factories.make_project()
    for owner, host in ((project, "pay.aurora.example"), (other, "pay.other.example")):
        change = BrandingChange(host=host, texts={})
        save_branding(project=owner, change=change, by=By("marta", None, "A host"))
    url = checkout_url(Payment.objects.get(pk=payment.pk))
    own = {"Host": "pay.aurora.example"}

    page = browser.get(url.removeprefix("http://pay.aurora.example"), headers=own)["Location"]
    hosts = ("pay.aurora.example", "testserver", "pay.other.example", "elsewhere.example")

    assert url.startswith("http://pay.aurora.example/payment/t/")
    assert [browser.get(page, headers={"Host": host}).status_code for host in hosts] == [200, 200, 404, 404]


def test_too_many_openings_are_answered_429_with_a_page(browser: Client, payment: Payment, settings: Any) -> None:
    settings.CHECKOUT_RATE_PER_IP = "1/min"
    url = path_of(checkout_url(payment))
    browser.get(url)

    answer = browser.get(url)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert "Too many tries" in answer.content.decode()


def test_an_error_page_names_the_request_for_support(browser: Client) -> None:
    answer = browser.get("/payment/nothing", headers={"X-Request-Id": "req-42"})

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "req-42" in answer.content.decode()


def test_a_program_gets_errors_as_json(client: Client) -> None:
    answer = client.get("/payment/nothing", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_every_answer_forbids_what_is_from_elsewhere_and_every_frame(browser: Client, page: str) -> None:
    for answer in (browser.get(page), browser.get("/payment/nothing")):
        policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "'self'",
            "script-src": "'self'",
            "connect-src": "'self'",
            "form-action": "'self' http: https:",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert (answer["X-Frame-Options"], answer["Cache-Control"]) == ("DENY", "no-store")
        assert not re.search(r"<style|style=|<script(?! src)|\son[a-z]+=", answer.content.decode())


def test_over_https_forms_lead_to_https_only(browser: Client, payment: Payment) -> None:
    page = browser.get(path_of(checkout_url(payment)), secure=True)["Location"]

    assert "form-action 'self' https:;" in browser.get(page, secure=True)["Content-Security-Policy"]


def test_what_the_shop_wrote_is_shown_as_text(browser: Client, project: Project, account: ProviderAccount) -> None:
    cache.clear()
    item = {"description": "<script>alert(1)</script>", "quantity": "<b>1</b>", "amount": "many"}
    payment = open_one(
        project, description="<img src=x onerror=alert(1)>", additional_data={"items": [item, "no item"]}
    )

    said = browser.get(browser.get(path_of(checkout_url(payment)))["Location"]).content.decode()

    assert "<script>alert" not in said
    assert "<img src=x" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [("JPY", 2599, "¥2,599"), ("KWD", 2599, "KWD\N{NO-BREAK SPACE}2.599"), ("EUR", 2599, "€25.99")],
)
def test_amounts_have_their_currencys_decimals(
    browser: Client, project: Project, account: ProviderAccount, currency: str, amount: int, written: str
) -> None:
    cache.clear()
    payment = open_one(project, money=Money(amount, currency))

    page = browser.get(path_of(checkout_url(payment)))["Location"]

    assert written in browser.get(page).content.decode()


@pytest.mark.parametrize(
    ("locale", "accepted", "spoken"),
    [
        ("it-IT", "de", "it"),
        ("", "fr-CH, fr;q=0.9", "fr"),
        ("", "pt, es;q=0.5", "es"),
        ("pt-BR", "", "en"),
        ("", "*", "en"),
    ],
)
def test_the_language_is_the_payments_then_the_browsers_then_english(
    browser: Client, project: Project, account: ProviderAccount, locale: str, accepted: str, spoken: str
) -> None:
    cache.clear()
    page = browser.get(path_of(checkout_url(open_one(project, locale=locale))))["Location"]

    answer = browser.get(page, headers={"Accept-Language": accepted})

    assert f'<html lang="{spoken}">' in answer.content.decode()


def test_a_return_leads_to_the_truth_and_never_to_the_shop_while_nothing_is_known(
    browser: Client, project: Project, page: str, script: Script
) -> None:
    wait_at_psp(script)
    browser.get(page)
    press(browser, page)
    Payment.objects.update(
        success_redirect_url="https://shop.test/thanks", failure_redirect_url="https://shop.test/cart"
    )
    attempt = Attempt.objects.get()
    script.fetch = [Verdict(subject=Subject.PAYMENT, outcome=Outcome.PENDING)]

    back = browser.post(f"/return/{return_token(attempt.id.hex)}")
    shown = browser.get(path_of(back["Location"]), follow=True)

    assert back.status_code == 303
    assert back["Location"].startswith("http://testserver/payment/t/")
    assert "Your payment is being checked" in shown.content.decode()


def queries_of(ask: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask()
    return [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT"))]


def test_the_method_page_costs_few_queries_however_many_accounts_there_are(
    browser: Client, page: str, project: Project
) -> None:
    browser.get(page)
    few = len(queries_of(lambda: browser.get(page)))
    for number in range(5):
        factories.make_account(project, name=f"more-{number}", is_default=False)
    many = len(queries_of(lambda: browser.get(page)))
    waiting = len(queries_of(lambda: browser.get(f"{page}/stage")))

    assert (few, many, waiting) == (5, 5, 2)
