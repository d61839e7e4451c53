"""`/l/{code}`: a GET begins nothing, a POST begins one payment, and whoever comes too late is told so kindly."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from paymenthub.kernel import clock
from payments.models import Payment, PaymentLink
from payments.services.links import begin as module
from payments.services.links.change import LinkChange, change_link
from tests.payments.links.making import begun, chooses_amount, made_link, paid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_has_come_before() -> None:
    cache.clear()


def path(link: PaymentLink) -> str:
    return f"/l/{link.code}"


def text(answer: Any) -> str:
    return answer.content.decode()


def test_a_get_shows_the_amount_and_begins_nothing(project, account, client):
    link = made_link(project, description="Tea <script>", additional_data={"items": [{"description": "Oolong"}]})

    for _ in range(3):
        answer = client.get(path(link), headers={"Accept-Language": "en"})
    head = client.head(path(link))

    assert (answer.status_code, head.status_code) == (200, 200)
    assert "€12.99" in text(answer)
    assert "Tea &lt;script&gt;" in text(answer)
    assert "Oolong" in text(answer)
    assert "noindex" in text(answer)
    assert answer["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert not Payment.objects.exists()


def test_a_post_begins_one_payment_and_leads_into_its_checkout(project, account, client):
    link = made_link(project)
    client.get(path(link))

    first, again = client.post(path(link)), client.post(path(link))

    assert (first.status_code, again.status_code) == (303, 303)
    assert first["Location"].startswith("http")
    assert "/payment/t/" in first["Location"]
    payment = Payment.objects.get()
    assert payment.shop_transaction_id == f"{link.shop_transaction_id}-1"


def test_the_cookie_is_for_this_link_alone_and_is_not_kept_here(project, account, client):
    link = made_link(project)
    client.get(path(link))
    client.post(path(link))

    cookie = client.cookies["hub_link"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (path(link), True, "Lax")
    assert len(cookie.value) >= 22
    assert link.uses.get().visitor not in ("", cookie.value)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12", "EUR", 1200),
        ("12.5", "EUR", 1250),
        ("12,50", "EUR", 1250),
        (" 1 000,00 ", "EUR", 100_000),
        ("1500", "JPY", 1500),
        ("1.500", "KWD", 1500),
    ],
)
def test_an_amount_is_read_exactly_by_its_currencys_decimals(project, account, client, typed, currency, minor):
    link = chooses_amount(project, currency=currency, max_amount=200_000)

    assert client.post(path(link), {"amount": typed}).status_code == 303

    assert Payment.objects.get().amount == minor


@pytest.mark.parametrize(
    ("typed", "currency", "said"),
    [
        ("", "EUR", "Please enter an amount, for example 5.00."),
        ("ten", "EUR", "cannot be read as an amount"),
        ("-12", "EUR", "cannot be read as an amount"),
        ("1e3", "EUR", "cannot be read as an amount"),
        ("1.234,50", "EUR", "cannot be read as an amount"),
        ("12.345", "EUR", "more decimals than its currency"),
        ("1.000", "EUR", "more decimals than its currency"),
        ("1500.5", "JPY", "more decimals than its currency"),
        ("4.99", "EUR", "an amount from €5.00 to €100.00"),
        ("100.01", "EUR", "an amount from €5.00 to €100.00"),
        ("9" * 13, "EUR", "an amount from €5.00 to €100.00"),
        ("9" * 50, "EUR", "cannot be read as an amount"),
        ("\u0661\u0662", "EUR", "cannot be read as an amount"),
        ("12\x00", "EUR", "cannot be read as an amount"),
    ],
)
def test_a_wrong_amount_is_told_in_the_form_and_nothing_is_begun(project, account, client, typed, currency, said):
    link = chooses_amount(project, currency=currency)

    answer = client.post(path(link), {"amount": typed}, headers={"Accept-Language": "en"})

    assert answer.status_code == 400
    assert said in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert not Payment.objects.exists()


def test_a_fixed_amount_cannot_be_changed_from_the_browser(project, account, client):
    assert client.post(path(made_link(project)), {"amount": "0.01"}).status_code == 303
    assert Payment.objects.get().amount == 1299


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda link: change_link(link.pk, LinkChange(disabled=True)), "is not in use any more"),
        (
            lambda link: PaymentLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - dt.timedelta(days=1)),
            "This payment link has ended",
        ),
    ],
)
def test_an_ended_link_says_so_and_begins_nothing(project, account, client, end, said):
    link = made_link(project)
    end(link)

    for answer in (client.get(path(link)), client.post(path(link))):
        assert answer.status_code == 410
        assert said in text(answer)
    assert not Payment.objects.exists()


def test_s43_a_second_customer_of_a_paid_link_is_refused_kindly(project, account, script, client):
    link = made_link(project)
    client.get(path(link))
    client.post(path(link))
    paid(Payment.objects.get(), script)
    stranger = Client()

    for answer in (stranger.get(path(link)), stranger.post(path(link))):
        assert answer.status_code == 410
        assert "This link has been paid already" in text(answer)
    assert Payment.objects.count() == 1


def test_whoever_has_paid_is_thanked_and_gets_their_receipt(project, account, script, client):
    link = made_link(project)
    client.get(path(link))
    client.post(path(link))
    paid(Payment.objects.get(), script)

    seen, receipt = client.get(path(link)), client.post(path(link))

    assert seen.status_code == 200
    assert "Thank you, you have paid" in text(seen)
    assert receipt.status_code == 303
    assert "/payment/t/" in receipt["Location"]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda link: change_link(link.pk, LinkChange(disabled=True)),
        lambda link: PaymentLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - dt.timedelta(days=1)),
    ],
)
def test_whoever_has_paid_is_never_told_that_nothing_was_charged(project, account, script, client, end):
    link = made_link(project, max_uses=None)
    client.get(path(link))
    client.post(path(link))
    paid(Payment.objects.get(), script)
    end(link)

    seen, stranger = client.get(path(link)), Client().get(path(link))

    assert (seen.status_code, stranger.status_code) == (200, 410)
    assert "Thank you, you have paid" in text(seen)
    assert "Nothing was charged" not in text(seen)
    assert "Nothing was charged" in text(stranger)


def test_s43_whoever_began_in_time_finds_their_payment_after_the_end(project, account, client):
    link = made_link(project, expires_at=clock.now() + dt.timedelta(hours=1))
    client.get(path(link))
    client.post(path(link))
    PaymentLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - dt.timedelta(seconds=1))

    assert "Go on with your payment" in text(client.get(path(link)))
    assert client.post(path(link)).status_code == 303
    assert Client().get(path(link)).status_code == 410


def test_who_comes_while_a_payment_is_in_doubt_is_asked_to_wait(project, account, script, client, monkeypatch):
    link = made_link(project)
    begun(link, "somebody")
    monkeypatch.setattr(module, "_ended", lambda payment, command: False)

    answer = client.post(path(link))

    assert answer.status_code == 409
    assert "Nothing was charged to you" in text(answer)


@pytest.mark.parametrize("code", ["nothere-nothere-nothere", "x" * 64])
def test_a_code_that_nobody_gave_away_is_no_page(project, account, client, code):
    answer = client.get(f"/l/{code}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "text/html" in answer["Content-Type"]


def test_a_post_from_another_site_begins_nothing(project, account):
    link = made_link(project)
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(path(link)).status_code == 403
    assert not Payment.objects.exists()


def test_s63_one_address_and_one_link_are_opened_so_often_only(project, account, client, settings):
    settings.CHECKOUT_RATE_PER_LINK = "2/min"
    link = made_link(project)

    answers = [client.post(path(link)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[2]["Retry-After"]) >= 1
    settings.CHECKOUT_RATE_PER_IP = "1/min"
    cache.clear()
    assert [client.get(path(link)).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Pay €12.99"), ("it", "Paga 12,99"), ("de", "12,99"), ("fr", "Payer 12,99"), ("es", "Pagar 12,99")],
)
def test_the_page_speaks_the_links_language_then_the_browsers(project, account, client, language, said):
    own = made_link(project, locale=language)
    none = made_link(project)

    assert said in text(client.get(path(own), headers={"Accept-Language": "en"}))
    assert f'<html lang="{language}"' in text(client.get(path(none), headers={"Accept-Language": language}))
