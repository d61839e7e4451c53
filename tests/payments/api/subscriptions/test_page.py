"""The customer's own page of a subscription."""

import re

import pytest
from django.test import Client

from paymenthub.kernel import clock
from payments.checkout.words import LANGUAGES, places, texts
from payments.models import Payment, Subscription
from payments.selectors.subscription_page_links import page_url
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, renewed, subscribed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def row(project, account, psp):
    with clock.frozen(world.JANUARY):
        yield subscribed(project, description="Club <b>Aurora</b>", locale="en")


def path_of(row):
    return "/" + page_url(row).split("/", 3)[3]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_shows_what_comes_next_and_what_was_paid(row):
    response = Client().get(path_of(row))

    shown = text_of(response)
    assert response.status_code == 200
    assert "Club &lt;b&gt;Aurora&lt;/b&gt;" in shown
    assert "€9.90 every month" in shown
    assert "Next payment February 28, 2027" in shown
    assert "Payment method Credit or debit card" in shown
    assert "January 31, 2027 · Paid €9.90" in shown
    assert response["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_payment_stands_there_by_the_day_it_was_due(row):
    with clock.frozen(at(2027, 3, 2)):  # two days late
        renewed(row)

    shown = text_of(Client().get(path_of(row)))

    assert "February 28, 2027 · Paid €9.90 January 31, 2027 · Paid €9.90" in shown


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_it_speaks_the_customers_language(row, language):
    response = Client().get(path_of(row), {"lang": language})
    assert f'<html lang="{language}">' in response.content.decode()
    assert str(texts(language)["subscription.title"]) in response.content.decode().replace("&#x27;", "'")


def test_all_languages_say_the_same():
    for language in LANGUAGES:
        mine = {key: places(said) for key, said in texts(language).items() if key.startswith("subscription.")}
        assert mine == {key: places(said) for key, said in texts("en").items() if key.startswith("subscription.")}


def test_cancelling_is_asked_before_it_is_done(row, psp):
    client, path = Client(), path_of(row)
    asked = client.get(path, {"do": "cancel"})
    assert "It stays active until February 28, 2027" in text_of(asked)
    assert not Subscription.objects.get().expire_requested

    done = client.post(path, {"do": "cancel"})
    assert (done.status_code, done["Location"]) == (303, path)
    after = Subscription.objects.get()
    assert (after.expire_requested, after.transitions.get(event="update").actor) == (True, "customer")
    shown = text_of(client.get(path))
    assert "Cancelled. It stays active until February 28, 2027" in shown
    assert "Cancel subscription" not in shown
    with clock.frozen(at(2027, 2, 28)):
        assert renewed(row).state == "EXPIRED"
    assert len(psp.charges) == 1


def test_a_link_that_is_followed_changes_nothing(row):
    client = Client()
    for do in ("cancel", "method"):
        client.get(path_of(row), {"do": do})
        client.head(path_of(row), {"do": do})
    after = Subscription.objects.get()
    assert (after.expire_requested, Payment.objects.count()) == (False, 1)


def test_another_method_is_given_in_the_checkout(row):
    client = Client()
    first = client.post(path_of(row), {"do": "method"})
    again = client.post(path_of(row), {"do": "method"})

    assert (first.status_code, again.status_code) == (303, 303)
    assert "/payment/t/" in first["Location"]
    opened = Payment.objects.get(subscription_period=None)
    assert (opened.amount, opened.in_checkout, opened.subscription_id) == (0, True, row.id)


def test_what_is_past_due_asks_the_customer_to_pay(row, psp):
    psp.declines = [world.hard()]
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    shown = text_of(Client().get(path_of(row)))
    assert "The last payment did not go through." in shown
    assert "Next payment March 7, 2027" in shown
    assert "Pay now" in shown


def test_one_that_the_provider_charges_is_changed_there(project, account, psp):
    from payments.domain.subscription import RunBy

    row = subscribed(project, run_by=RunBy.PROVIDER)
    shown = text_of(Client().get(path_of(row)))
    assert "Change payment method" not in shown
    assert Client().post(path_of(row), {"do": "method"}).status_code == 303
    assert Payment.objects.count() == 1


def test_an_ended_one_offers_nothing_more(row):
    Subscription.objects.update(state="EXPIRED", end_reason="date")
    client, path = Client(), path_of(row)
    shown = text_of(client.get(path))
    assert "Ended" in shown
    assert "Cancel subscription" not in shown
    client.post(path, {"do": "cancel"})
    assert not Subscription.objects.get().expire_requested


def test_only_what_was_signed_opens_it(row):
    path = path_of(row)
    key = row.id.hex
    for wrong in (
        path + "x",
        f"/payment/subscription/{key}",
        f"/payment/subscription/{row.public_id}",
        path.replace(key, "0" * 32),
    ):
        assert Client().get(wrong).status_code == 404
        assert Client().post(wrong, {"do": "cancel"}).status_code == 404
    assert not Subscription.objects.get().expire_requested
