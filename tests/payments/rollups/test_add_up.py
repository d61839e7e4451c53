"""What the rollups tell of stories that are added up by hand."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.domain.rollup import Facet, percentile
from payments.models import Mode, Payment, Rollup, RollupDay, RollupMark
from payments.selectors.rollup_sums import wrong_days
from payments.services import rollups
from payments.services.erase_buyer import Subject, erase_buyer
from payments.services.prove_rollups import prove_rollups
from providers.types import Outcome
from tests import factories

from .story import at, charged_back, counted, day, paying, refunding, succeeding, told

pytestmark = pytest.mark.django_db

NOON = "2026-03-10T12:00"
MONTHS_LATER = "2026-06-01T12:00"


def refreshed(when: str) -> int:
    with clock.frozen(at(when)):
        return rollups.refresh()


def test_payments_of_every_kind_are_counted_once_by_each_facet(project, account, script):
    paying(project, script, NOON, 1000, additional_data={"channel": "web"})
    paying(project, script, NOON, 250, additional_data={"channel": "app"})
    paying(project, script, NOON, 99, outcome=Outcome.DECLINED)
    paying(project, script, NOON, 40, outcome=Outcome.PENDING)

    refreshed("2026-03-10T12:01")

    states = told(project, "2026-03-10")
    assert {key: (row.counted, row.paid, int(row.paid_amount)) for key, row in states.items()} == {
        "1": (2, 2, 1250),
        "1000": (1, 0, 0),
        "0": (1, 0, 0),
    }
    assert counted(project, "2026-03-10", Facet.CHANNEL) == {"web": 1, "app": 1, "unknown": 2}
    assert counted(project, "2026-03-10", Facet.METHOD) == {"credit-cards": 4}
    assert counted(project, "2026-03-10", Facet.PROVIDER) == {"scripted": 4}
    assert counted(project, "2026-03-10", Facet.TYPE) == {"DIRECT": 4}
    answers = counted(project, "2026-03-10", Facet.ANSWER)
    assert answers == {"scripted:succeeded": 2, "scripted:declined": 1, "scripted:open": 1}
    assert counted(project, "2026-03-10", Facet.DECLINE) == {"insufficient_funds:scripted": 1}


def test_a_payment_that_was_refunded_in_part_stays_in_the_amounts_and_one_refunded_in_full_does_not(
    project, account, script
):
    partly, fully = (paying(project, script, NOON, amount) for amount in (1000, 700))
    refunding(partly, script, "2026-03-10T12:10", 300)
    refunding(fully, script, "2026-03-10T12:10", 700)

    refreshed("2026-03-10T12:11")

    states = told(project, "2026-03-10")
    partial, total = states["2"], states["3"]
    assert (partial.paid, partial.paid_amount, partial.refunded, partial.refunds) == (1, 1000, 300, 1)
    assert (total.paid, total.paid_amount, total.captured, total.refunded) == (0, 0, 700, 700)


def test_a_refund_months_later_changes_the_day_of_the_payment(project, account, script):
    payment = paying(project, script, NOON, 1000)
    refreshed("2026-03-11T02:00")
    assert told(project, "2026-03-10")["1"].refunded == 0

    refunding(payment, script, MONTHS_LATER, 400)
    refreshed("2026-06-01T12:01")

    assert told(project, "2026-03-10").keys() == {"2"}
    assert told(project, "2026-03-10")["2"].refunded == 400
    assert not RollupMark.objects.exists()


def test_what_a_shop_wrote_as_channel_leaves_the_rollups_with_its_erased_buyer(project, account, script):
    payment = paying(project, script, NOON, 1000, additional_data={"channel": "ada-at-home"})
    Payment.objects.filter(pk=payment.pk).update(buyer={"email": "ada@example.test"})
    refreshed("2026-03-11T02:00")
    assert counted(project, "2026-03-10", Facet.CHANNEL) == {"ada-at-home": 1}

    with clock.frozen(at(MONTHS_LATER)):
        erase_buyer(project=project, subject=Subject(email="ada@example.test"), actor="t", reason="her request")
    refreshed("2026-06-01T12:01")

    assert counted(project, "2026-03-10", Facet.CHANNEL) == {"unknown": 1}


def test_a_success_that_comes_days_late_changes_the_day_of_the_payment(project, account, script):
    payment = paying(project, script, NOON, 1000, outcome=Outcome.PENDING)
    refreshed("2026-03-12T00:00")
    assert told(project, "2026-03-10")["0"].paid_amount == 0

    succeeding(payment, "2026-03-14T09:00")
    refreshed("2026-03-14T09:01")

    assert told(project, "2026-03-10")["1"].paid_amount == 1000
    assert counted(project, "2026-03-10", Facet.ANSWER) == {"scripted:succeeded": 1}


def test_a_chargeback_takes_the_payment_out_and_one_that_is_won_brings_it_back_but_stays_a_dispute(
    project, account, script
):
    payment = paying(project, script, NOON, 1000)
    charged_back(payment, "2026-04-01T10:00")
    refreshed("2026-04-01T10:01")
    row = told(project, "2026-03-10")["1010"]
    assert (row.paid, row.charged_back, row.disputes, row.taken) == (0, 1000, 1, 1)

    charged_back(payment, "2026-05-01T10:00", won=True)
    refreshed("2026-05-01T10:01")

    row = told(project, "2026-03-10")["1"]
    assert (row.paid, row.paid_amount, row.charged_back, row.disputes) == (1, 1000, 0, 1)


def test_currencies_are_never_added_to_one_another(project, account, script):
    paying(project, script, NOON, 1000)
    paying(project, script, NOON, 1500, currency="JPY")
    paying(project, script, NOON, 1234, currency="KWD")

    refreshed("2026-03-10T12:01")

    amounts = {c: told(project, "2026-03-10", currency=c)["1"].paid_amount for c in ("EUR", "JPY", "KWD")}
    assert amounts == {"EUR": 1000, "JPY": 1500, "KWD": 1234}


def test_a_day_ends_at_midnight_utc(project, account, script):
    paying(project, script, "2026-03-10T23:59:59.999999", 100)
    paying(project, script, "2026-03-11T00:00:00", 20)

    refreshed("2026-03-11T00:00:01")

    assert told(project, "2026-03-10")["1"].paid_amount == 100
    assert told(project, "2026-03-11")["1"].paid_amount == 20


def test_test_money_and_real_money_are_told_apart(project, account, script):
    factories.make_account(project, mode="live")
    paying(project, script, NOON, 100)
    paying(project, script, NOON, 20, mode="live")

    refreshed("2026-03-10T12:01")

    amounts = dict(Rollup.objects.filter(facet=Facet.STATE).values_list("mode", "paid_amount"))
    assert amounts == {Mode.TEST: 100, Mode.LIVE: 20}


def test_the_time_to_the_end_is_told_of_what_succeeded_and_of_what_failed(project, account, script):
    waited = paying(project, script, NOON, 100, outcome=Outcome.PENDING)
    succeeding(waited, "2026-03-10T12:00:10")
    paying(project, script, NOON, 100, outcome=Outcome.DECLINED)
    paying(project, script, NOON, 100, outcome=Outcome.PENDING)

    refreshed("2026-03-10T12:01")

    counts: dict[str, dict[int, int]] = {}
    for row in Rollup.objects.filter(facet=Facet.FINAL):
        counts.setdefault(row.word, {})[int(row.key)] = row.counted
    assert counts["ended"] == {0: 1}
    (bucket,) = counts["succeeded"]
    assert (percentile({bucket: 1}, 0.0) or 0) <= 10 <= (percentile({bucket: 1}, 1.0) or 0)


def test_payments_of_today_write_no_mark_and_older_ones_write_one_with_every_change(project, account, script):
    payment = paying(project, script, NOON, 1000)
    refunding(payment, script, "2026-03-10T12:59", 100)
    assert not RollupMark.objects.exists()

    refunding(payment, script, "2026-03-10T13:01", 100)

    assert set(RollupMark.objects.values_list("project", "day")) == {(project.id, day("2026-03-10"))}


def test_a_day_stays_open_until_it_was_added_up_two_hours_after_its_end(project, account, script):
    paying(project, script, "2026-03-10T23:59", 1000)
    open_after = {}
    for when in ("2026-03-11T00:01", "2026-03-11T01:59", "2026-03-11T02:00"):
        refreshed(when)
        open_after[when] = RollupDay.objects.get(day=day("2026-03-10")).is_open
    assert open_after == {"2026-03-11T00:01": True, "2026-03-11T01:59": True, "2026-03-11T02:00": False}


def test_after_a_pause_of_days_nothing_is_forgotten_and_then_there_is_nothing_to_do(project, account, script):
    for number, when in enumerate(("2026-03-10T12:00", "2026-03-12T23:00", "2026-03-15T01:00"), start=1):
        paying(project, script, when, number)

    assert refreshed("2026-03-20T12:00") == 3
    assert refreshed("2026-03-20T12:01") == 0
    amounts = {str(row.day): int(row.paid_amount) for row in Rollup.objects.filter(facet=Facet.STATE)}
    assert amounts == {"2026-03-10": 1, "2026-03-12": 2, "2026-03-15": 3}


def test_a_big_open_day_rests_ten_times_as_long_as_it_took(project, account, script):
    paying(project, script, NOON, 1000)
    refreshed("2026-03-10T12:01")
    RollupDay.objects.update(took_ms=60_000)

    assert refreshed("2026-03-10T12:10") == 0
    assert refreshed("2026-03-10T12:11") == 1


def test_a_rebuild_adds_up_what_was_loaded_into_the_past_without_marks(project, account, script):
    paying(project, script, NOON, 1000)
    refreshed("2026-03-12T12:00")
    loaded = paying(project, script, NOON, 500)
    Payment.objects.filter(pk=loaded.pk).update(created_at=at("2026-01-05T08:00"))
    RollupMark.objects.all().delete()

    with clock.frozen(at("2026-03-12T12:05")):
        days = rollups.rebuild(project.id)

    assert days == (day("2026-03-10") - day("2026-01-05")).days + 1
    assert told(project, "2026-01-05")["1"].paid_amount == 500
    assert told(project, "2026-03-10")["1"].paid_amount == 1000
    assert not RollupDay.objects.filter(is_open=True).exists()


def test_a_rebuild_since_a_day_leaves_the_days_before_alone(project, account, script):
    for when in ("2026-01-05T08:00", NOON):
        paying(project, script, when, 1000)

    with clock.frozen(at("2026-03-12T12:05")):
        assert rollups.rebuild(project.id, dt.date(2026, 3, 1)) == 1

    assert set(Rollup.objects.values_list("day", flat=True)) == {day("2026-03-10")}


def test_the_proof_finds_a_sum_that_is_wrong_mends_it_and_says_so_until_it_is_right(project, account, script, caplog):
    paying(project, script, NOON, 1000)
    refreshed("2026-03-12T12:00")
    with clock.frozen(at("2026-03-12T12:05")):
        assert prove_rollups(days=40) == 0
    Rollup.objects.filter(facet=Facet.METHOD).update(paid_amount=999)

    with clock.frozen(at("2026-03-12T12:06")):
        assert prove_rollups(days=40) == 1
        assert RollupDay.objects.exclude(found_wrong_at=None).count() == 1
        assert told(project, "2026-03-10", Facet.METHOD)["credit-cards"].paid_amount == 1000
        assert prove_rollups(days=40) == 0

    assert not RollupDay.objects.exclude(found_wrong_at=None).exists()
    assert "a rollup was wrong" in caplog.text


def test_the_proof_passes_over_what_is_known_to_be_behind(project, account, script):
    payment = paying(project, script, NOON, 1000)
    refreshed("2026-03-12T12:00")
    refunding(payment, script, "2026-03-12T12:10", 10)
    assert wrong_days(project.id, day("2026-03-01"), day("2026-03-12")) == set()

    RollupMark.objects.all().delete()
    assert wrong_days(project.id, day("2026-03-01"), day("2026-03-12")) == {day("2026-03-10")}
