"""The catalogue's scenarios S36 to S42: clocks, outages, calendars, cancels, declines."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.attempts.start import start as send
from payments.models import OperatorItem, Payment
from payments.selectors.subscription_object import status_of
from payments.services.choose_method import choose
from payments.services.subscriptions.cancel import cancel, withdraw
from payments.services.subscriptions.change import change_method
from payments.services.subscriptions.give_back import due as refunds_due
from payments.services.subscriptions.give_back import give_back
from payments.services.subscriptions.renew import decide
from providers.types import Interval, Outcome
from tests import scripted

from . import world
from .world import at, fresh, renewed, subscribed, told

pytestmark = pytest.mark.django_db(transaction=True)


def dates(row) -> list[dt.date]:
    return list(row.periods.exclude(state="skipped").order_by("number").values_list("due_on", flat=True))


def test_s36_a_clock_that_jumps_back_and_forth_bills_no_period_twice(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    for moment in (at(2027, 2, 28), at(2027, 2, 27), at(2027, 2, 28), at(2027, 3, 1), at(2027, 2, 28)):
        with clock.frozen(moment):
            row = renewed(row)

    assert (len(psp.charges), row.period) == (2, 2)
    assert Payment.objects.filter(subscription_period=2).count() == 1


def test_s37_after_an_outage_only_the_current_period_is_charged(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 6, 15)):
        row = renewed(row)
        row = renewed(row)

    assert len(psp.charges) == 2
    assert list(row.periods.order_by("number").values_list("number", "state", "due_on")) == [
        (1, "paid", dt.date(2027, 1, 31)),
        (2, "skipped", dt.date(2027, 2, 28)),
        (3, "skipped", dt.date(2027, 3, 31)),
        (4, "skipped", dt.date(2027, 4, 30)),
        (5, "paid", dt.date(2027, 5, 31)),
    ]
    assert row.next_payment_on == dt.date(2027, 6, 30)
    assert told(row) == ["created", "activated", "periods_skipped", "renewed"]


def test_s37_catching_up_charges_one_missed_period_a_day(project, account, script, settings):
    settings.SUBSCRIPTION_MISSED = "catch_up"
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    made = []
    for day in range(15, 20):
        with clock.frozen(at(2027, 4, day)):
            row = renewed(row)
            row = renewed(row)
        made.append(len(psp.charges) - 1)

    assert made == [1, 2, 2, 2, 2]
    assert row.next_payment_on == dt.date(2027, 4, 30)
    assert not row.periods.filter(state="skipped").exists()


def test_s38_the_31st_is_kept_through_short_months(project, account, script):
    world.opened(script)
    with clock.frozen(dt.datetime(2027, 12, 31, 9, tzinfo=dt.UTC)):
        row = subscribed(project)
    for _ in range(4):
        assert row.next_due_at is not None
        with clock.frozen(row.next_due_at):
            row = renewed(row)

    assert dates(row) == [
        dt.date(2027, 12, 31),
        dt.date(2028, 1, 31),
        dt.date(2028, 2, 29),
        dt.date(2028, 3, 31),
        dt.date(2028, 4, 30),
    ]


def test_s38_the_29th_of_february_is_kept_through_common_years(project, account, script):
    world.opened(script)
    with clock.frozen(dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC)):
        row = subscribed(project, interval=Interval.YEAR)
    for _ in range(4):
        assert row.next_due_at is not None
        with clock.frozen(row.next_due_at):
            row = renewed(row)

    assert [date.isoformat() for date in dates(row)] == [
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]


@pytest.mark.parametrize(
    ("begins", "due"),
    [
        # 28 March 2027, 02:30 does not exist in Rome; 31 October 2027, 02:30 comes twice.
        (dt.datetime(2027, 3, 27, 1, 30, tzinfo=dt.UTC), dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)),
        (dt.datetime(2027, 10, 30, 0, 30, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)),
    ],
)
def test_s39_a_day_whose_clock_changes_is_billed_once(project, account, script, begins, due):
    psp = world.opened(script)
    project.timezone = "Europe/Rome"
    project.save()
    with clock.frozen(begins):
        row = subscribed(project, interval=Interval.DAY)
        assert row.next_due_at == due
    for minutes in range(0, 23 * 60, 30):
        with clock.frozen(due + dt.timedelta(minutes=minutes - 30)):
            row = renewed(row)

    assert (len(psp.charges), row.period) == (2, 2)


def test_s40_a_cancel_takes_effect_on_the_renewal_day_and_charges_nothing(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 10)):
        row = cancel(row.id)
        assert (row.state, row.expire_requested, status_of(row).value) == ("ACTIVE", True, "ACTIVE")
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)

    assert (row.state, row.end_reason, status_of(row).value) == ("EXPIRED", "request", "CANCELED")
    assert len(psp.charges) == 1
    assert told(row) == ["created", "activated", "cancel_requested", "canceled"]


def test_s40_a_cancel_at_once_before_the_renewal_leaves_nothing_to_charge(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 28)):
        row = cancel(row.id, at_once=True)
        row = renewed(row)

    assert (row.state, row.next_due_at, len(psp.charges)) == ("EXPIRED", None, 1)
    assert script.count("subscription") == 1  # the PSP was told to forget the token
    assert row.psp_end_due_at is None


@pytest.mark.parametrize("gives_back", [False, True])
def test_s40_a_charge_after_a_cancel_is_flagged_and_refunded_only_by_policy(project, account, script, gives_back):
    psp = world.opened(script)
    project.refunds_charge_after_cancel = gives_back
    project.save()
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 28)):
        written = decide(row.id)  # the renewal has the lock first …
        cancel(row.id, at_once=True)  # … the cancel comes before it is sent
        assert written.attempt is not None
        send(written.attempt.id)
        script.refund = [scripted.refund(Outcome.SUCCEEDED, 990)]
        for period_id in refunds_due():
            give_back(period_id)
            give_back(period_id)

    row, payment = fresh(row), Payment.objects.get(subscription_period=2)
    assert (row.state, len(psp.charges), payment.captured) == ("EXPIRED", 2, 990)
    item = OperatorItem.objects.get(kind="charged_after_cancel")
    assert (item.payment_id, item.evidence["preparedRefund"]) == (payment.id, written.attempt.public_id)
    assert payment.refunded_by_us == (990 if gives_back else 0)
    assert script.count("refund") == (1 if gives_back else 0)
    assert "renewed" not in told(row)


def test_s40_a_cancel_can_be_withdrawn_until_it_takes_effect(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        cancel(row.id)
        withdraw(row.id)
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)

    assert (row.state, len(psp.charges)) == ("ACTIVE", 2)


def test_s42_soft_declines_climb_the_ladder_and_then_it_is_given_up(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, shop_transaction_id="S-1")
    psp.declines = [world.soft()] * 9
    tried = []
    for day in range(12):
        with clock.frozen(at(2027, 2, 28) + dt.timedelta(days=day)):
            before = psp.calls
            row = renewed(row)
            if psp.calls > before:
                tried.append((day, row.state, status_of(row).value))

    assert tried == [
        (0, "PAYMENT_FAILED", "PAST_DUE"),
        (1, "PAYMENT_FAILED", "PAST_DUE"),
        (3, "PAYMENT_FAILED", "PAST_DUE"),
        (5, "PAYMENT_FAILED", "PAST_DUE"),
        (7, "ABORTED", "CANCELED"),
    ]
    keys = list(
        Payment.objects.filter(subscription_period=2).order_by("id").values_list("attempts__idempotency_key", flat=True)
    )
    assert keys == [f"ph-{row.id.hex}-2-{step}" for step in range(5)]
    assert set(Payment.objects.filter(subscription_period=2).values_list("shop_transaction_id", flat=True)) == {"S-1-2"}
    assert told(row) == ["created", "activated", *["past_due"] * 4, "aborted"]
    assert row.end_reason == "dunning"


def test_s42_a_retry_that_is_paid_is_one_renewal_and_keeps_the_dates(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    psp.declines = [world.soft(), world.soft()]
    for day in (28, 29, 31):
        with clock.frozen(dt.datetime(2027, 2, 28, 12, tzinfo=dt.UTC) + dt.timedelta(days=day - 28)):
            row = renewed(row)

    assert (row.state, row.dunning_step, row.period) == ("ACTIVE", 0, 2)
    assert row.next_payment_on == dt.date(2027, 3, 31)
    assert told(row) == ["created", "activated", "past_due", "past_due", "renewed"]


def test_s42_a_hard_decline_is_never_sent_again_and_is_given_up_when_the_ladder_ends(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    psp.declines = [world.hard()] * 9
    states = []
    for day in range(9):
        with clock.frozen(at(2027, 2, 28) + dt.timedelta(days=day)):
            row = renewed(row)
            states.append(row.state)

    assert psp.calls == 2
    assert states == ["PAYMENT_FAILED"] * 7 + ["ABORTED"] * 2


def test_s42_another_card_is_charged_at_once_for_what_is_past_due(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    psp.declines = [world.hard()]
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)
        opened = change_method(row.id)
        assert change_method(row.id).id == opened.id
        script.start = [
            lambda call, request: world.said(Outcome.SUCCEEDED, request.pay.money, id="psp_m", token="tok_new")
        ]
        choose_card(opened)
        row = renewed(row)

    assert (row.state, row.token, row.period) == ("ACTIVE", "tok_new", 2)
    assert told(row) == ["created", "activated", "past_due", "changed", "renewed"]
    assert [call[2].token for call in script.asked if call[0] == "charge"] == [world.TOKEN, "tok_new"]


def test_s42_a_bank_that_wants_to_see_the_customer_brings_them_back(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, shop_transaction_id="S-1")
    psp.declines = [world.wants_customer()]
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)
        row = renewed(row)
        waiting = Payment.objects.get(subscription_period=2, in_checkout=True)
        assert (row.state, waiting.shop_transaction_id, waiting.amount) == ("PAYMENT_PENDING", "S-1-2", 990)
        assert renewed(row).state == "PAYMENT_PENDING"  # nothing is charged while they may pay
        choose_card(waiting)

    assert (fresh(row).state, fresh(row).period) == ("ACTIVE", 2)
    assert told(row) == ["created", "activated", "past_due", "action_required", "renewed"]


def choose_card(payment: Payment) -> None:
    choose(payment.id, provider="scripted", method="credit-cards", evidence="test")
