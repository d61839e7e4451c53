"""Mails about subscriptions: on the engine's events, once, and never in contradiction."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.models import Mail, SubscriptionNotice
from payments.notifications.envelope import unseal
from payments.notifications.subscription_news import note, note_upcoming, tell_customers
from payments.outbound.publish import publish_due
from payments.selectors.subscription_page_links import page_url
from payments.services.subscriptions.cancel import cancel, withdraw
from payments.services.subscriptions.pause import pause
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, renewed, subscribed

pytestmark = pytest.mark.django_db(transaction=True)
BUYER = {"name": "Ada", "email": "ada@shop.test"}


@pytest.fixture(autouse=True)
def _mails_are_set_up(settings):
    settings.EMAIL_HOST = "mail.test"
    settings.EMAIL_FROM = "Shop <pay@shop.test>"


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def row(project, account, psp):
    with clock.frozen(world.JANUARY):
        yield subscribed(project, buyer=BUYER, locale="en", description="Club")


def told():
    """Publish all, write all mails, and name those of subscriptions."""
    while publish_due():
        pass
    tell_customers()
    mails = Mail.objects.filter(event__startswith="subscription_").order_by("id")
    return [(mail.event.removeprefix("subscription_"), mail.state, mail.reason) for mail in mails]


def test_a_start_is_told_once_with_the_link_to_the_page(row):
    assert told() == [("started", "due", "")]
    assert told() == [("started", "due", "")]

    content = unseal(Mail.objects.get())
    assert content.to == ("ada@shop.test",)
    assert content.subject == f"Your subscription at {row.project.name} has started"
    assert page_url(row) in content.text
    assert "€9.90 is charged every month" in content.text
    assert "Next payment: February 28, 2027" in content.text


def test_the_same_batch_of_events_again_notes_nothing_again(row):
    events = list(row.events.select_related("subscription"))
    note(events)
    note(events)
    assert SubscriptionNotice.objects.count() == 1


def test_a_renewal_that_failed_is_told_once_however_often_it_is_tried(row, psp):
    psp.declines = [world.soft(), world.soft()]
    for day in (at(2027, 2, 28), at(2027, 3, 1)):
        with clock.frozen(day):
            renewed(row)
            found = told()
    assert found == [("started", "due", ""), ("renewal_failed", "due", "")]
    content = unseal(Mail.objects.get(event="subscription_renewal_failed"))
    assert page_url(row) in content.text
    # no second message by the payment's own saga
    assert not Mail.objects.filter(event="payment_failed", state="due").exists()


def test_what_was_mended_meanwhile_is_not_told_as_failed(row, psp):
    psp.declines = [world.soft()]
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    with clock.frozen(at(2027, 3, 1)):
        assert renewed(row).state == "ACTIVE"
        assert told()[-1] == ("renewal_failed", "skipped", "overtaken")


def test_a_cancellation_and_its_end_are_one_message(row):
    cancel(row.id)
    found = told()
    with clock.frozen(at(2027, 2, 28)):
        assert renewed(row).state == "EXPIRED"
        assert told() == found == [("started", "due", ""), ("cancelled", "due", "")]
    assert "Ends on: February 28, 2027" in unseal(Mail.objects.get(event="subscription_cancelled")).text


def test_a_cancellation_after_one_that_was_taken_back_is_news(row):
    cancel(row.id)
    told()
    withdraw(row.id)
    cancel(row.id)
    assert [name for name, _, _ in told()] == ["started", "cancelled", "cancelled"]


def test_a_cancellation_that_was_taken_back_at_once_is_not_told(row):
    cancel(row.id)
    withdraw(row.id)
    assert told()[-1] == ("cancelled", "skipped", "overtaken")


def test_the_ladders_end_is_told(row, psp):
    psp.declines = [world.hard()]
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    with clock.frozen(at(2027, 3, 8)):
        assert renewed(row).state == "ABORTED"
        assert ("cancelled", "due", "") in told()


def test_a_renewal_is_told_a_week_before_and_once(row):
    for day, expected in ((20, 0), (21, 1), (22, 1)):
        with clock.frozen(at(2027, 2, day)):
            note_upcoming()
            assert SubscriptionNotice.objects.filter(kind="subscription_renewal_upcoming").count() == expected
    with clock.frozen(at(2027, 2, 22)):
        assert ("renewal_upcoming", "due", "") in told()
    content = unseal(Mail.objects.get(event="subscription_renewal_upcoming"))
    assert "February 28, 2027" in content.subject


def test_the_next_renewal_is_told_too_and_the_test_clock_counts(row, project):
    with clock.frozen(at(2027, 2, 22)):
        note_upcoming()
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
        project.clock_offset = dt.timedelta(days=25)
        project.save()
        note_upcoming()
    versions = SubscriptionNotice.objects.filter(kind="subscription_renewal_upcoming").order_by("id")
    assert list(versions.values_list("version", flat=True)) == ["2027-02-28", "2027-03-31"]


@pytest.mark.parametrize("how", ["cancelled", "paused", "off", "weekly"])
def test_no_reminder_of_what_will_not_be_charged_or_renews_all_the_time(row, settings, how):
    if how == "cancelled":
        cancel(row.id)
    if how == "paused":
        pause(row.id)
    if how == "off":
        settings.SUBSCRIPTION_REMINDER_DAYS = 0
    if how == "weekly":
        type(row).objects.update(interval="WEEK")
    with clock.frozen(at(2027, 2, 25)):
        note_upcoming()
    assert not SubscriptionNotice.objects.filter(kind="subscription_renewal_upcoming").exists()


@pytest.mark.parametrize("language", ["en", "it", "de", "fr", "es"])
def test_every_mail_is_written_in_every_language(project, account, psp, language):
    with clock.frozen(world.JANUARY):
        row = subscribed(project, buyer=BUYER, locale=language, interval_count=3)
        cancel(row.id)
        told()
    assert {mail.language for mail in Mail.objects.filter(event__startswith="subscription_")} == {language}


def test_a_buyer_without_an_address_is_not_written_to(project, account, psp):
    subscribed(project)
    assert told() == [("started", "skipped", "buyer_without_address")]
