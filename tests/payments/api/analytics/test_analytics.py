"""`/analytics`: the published profiles and ours, added up by hand; nobody else's payments, and no two currencies in one sum."""

import json

import pytest

from paymenthub.kernel import clock
from payments.models import Payment, RollupMark
from payments.services import rollups
from payments.services.merchants import create_api_key
from providers.types import Outcome
from tests import factories
from tests.payments.api.conftest import OrderSystem
from tests.payments.rollups.story import at, paying, refunding

pytestmark = pytest.mark.django_db

NOW = "2028-03-10T12:00"


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.frozen(at(NOW)):
        yield


def read(shop: OrderSystem, name: str, form: str = "json", **query: str):
    response = shop.get(f"/analytics/{name}/{form}", query)
    assert response.status_code == 200, response.text
    return response.json() if form == "json" else response.content.decode()


def add_up(project) -> None:
    rollups.rebuild(project.id)
    RollupMark.objects.all().delete()


def ms(day: str) -> int:
    return int(at(day).timestamp()) * 1000


def test_this_year_by_day_keeps_what_was_refunded_in_part_and_leaves_out_what_is_not_paid(project, shop, script):
    partly = paying(project, script, "2028-03-09T10:00", 1000)
    refunding(partly, script, "2028-03-09T11:00", 400)
    paying(project, script, "2028-03-09T23:59:59", 299)
    paying(project, script, "2028-03-10T00:00:00", 50)
    paying(project, script, "2028-03-10T01:00", 7000, outcome=Outcome.DECLINED)
    gone = paying(project, script, "2028-03-10T02:00", 5000)
    refunding(gone, script, "2028-03-10T03:00", 5000)
    paying(project, script, "2027-03-12T00:00", 10)
    paying(project, script, "2027-03-11T23:59", 99999)
    add_up(project)

    rows = read(shop, "amount-transactions-by-day-this-year")

    assert rows == [[ms("2027-03-12"), 0.1], [ms("2028-03-09"), 12.99], [ms("2028-03-10"), 0.5]]


def test_last_year_lies_under_this_years_days_and_29_february_on_the_28th(project, shop, script):
    paying(project, script, "2027-03-09T10:00", 1000)
    paying(project, script, "2026-03-11T10:00", 88888)
    add_up(project)
    assert read(shop, "amount-transactions-by-day-last-year") == [[ms("2028-03-09"), 10.0]]

    with clock.frozen(at("2029-03-01T12:00")):
        paying(project, script, "2028-02-28T10:00", 100)
        paying(project, script, "2028-02-29T10:00", 20)
        add_up(project)
        rows = read(shop, "amount-transactions-by-day-last-year")
    assert [ms("2029-02-28"), 1.2] in rows


def test_amounts_by_method_label_and_by_channel_are_sorted(project, account, shop, script):
    account.methods = ["credit-cards", "wallet"]
    account.save()
    paying(project, script, "2028-03-09T10:00", 1000, additional_data={"channel": "web"})
    paying(project, script, "2028-03-09T10:00", 250, method="wallet", additional_data={"channel": None})
    paying(project, script, "2028-03-09T10:00", 1)
    add_up(project)

    assert read(shop, "amount-by-method") == [["Credit Card", 10.01], ["wallet", 2.5]]
    assert read(shop, "amount-by-channel") == [["unknown", 2.51], ["web", 10.0]]


def test_the_range_is_strict_to_the_microsecond_and_whole_days_come_from_the_rollups(project, shop, script):
    for when, amount in (
        ("2028-03-01T00:00:00", 1),
        ("2028-03-01T00:00:00.000001", 10),
        ("2028-03-02T12:00", 100),
        ("2028-03-03T23:59:59.999999", 1000),
        ("2028-03-04T00:00:00", 10_000),
    ):
        paying(project, script, when, amount)
    add_up(project)

    def between(one: str, other: str):
        return read(shop, "amount-by-method", transactionDateFrom=one, transactionDateTo=other)

    assert between("2028-03-01T00:00:00Z", "2028-03-04T00:00:00Z") == [["Credit Card", 11.1]]
    assert between("2028-03-01", "2028-03-04") == [["Credit Card", 11.1]]
    assert between("2028-03-02T12:00:00Z", "2028-03-04T00:00:00.000001Z") == [["Credit Card", 110.0]]
    assert between("2028-03-02T11:59:59Z", "2028-03-02T12:00:01Z") == [["Credit Card", 1.0]]
    assert between("2028-03-02T01:00:00+13:00", "2028-03-02T02:00:00Z") == []


def test_the_share_by_status_is_rounded_to_two_decimals(project, shop, script):
    for outcome in (Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.DECLINED):
        paying(project, script, "2028-03-09T10:00", 100, outcome=outcome)
    add_up(project)

    assert read(shop, "percentage-by-status") == [["Payment Paid", 66.67], ["Payment Failed", 33.33]]


def test_amounts_have_the_decimals_of_their_currency_and_are_never_added_up(project, shop, script):
    paying(project, script, "2028-03-09T10:00", 1500, currency="JPY")
    paying(project, script, "2028-03-09T10:00", 1234, currency="KWD")
    add_up(project)

    refused = shop.get("/analytics/amount-by-method/json")
    assert (refused.status_code, refused.json()["param"]) == (400, "currency")
    assert "JPY, KWD" in refused.json()["message"]
    assert shop.get("/analytics/amount-by-method/json", {"currency": "JPY"}).content == b'[["Credit Card",1500]]'
    assert shop.get("/analytics/amount-by-method/json", {"currency": "KWD"}).content == b'[["Credit Card",1.234]]'
    assert read(shop, "percentage-by-status") == [["Payment Paid", 100.0]]


def test_our_own_profiles_tell_success_declines_times_and_what_went_back(project, shop, script):
    one = paying(project, script, "2028-03-09T10:00", 1000)
    refunding(one, script, "2028-03-09T10:05", 250)
    paying(project, script, "2028-03-09T10:00", 3000)
    paying(project, script, "2028-03-09T10:00", 100, outcome=Outcome.DECLINED)
    paying(project, script, "2028-03-09T10:00", 100, outcome=Outcome.PENDING)
    add_up(project)

    assert read(shop, "success-rate") == [["scripted", 66.67, 2, 1, 0, 0, 1]]
    assert read(shop, "decline-reasons") == [["insufficient_funds", "scripted", 1]]
    assert read(shop, "refunds-and-disputes") == [
        ["refund", 2, 1, 50.0, 40.0, 2.5, 6.25],
        ["dispute", 2, 0, 0.0, 40.0, 0.0, 0.0],
    ]
    (succeeded, ended) = read(shop, "time-to-final")
    assert (succeeded[:2], ended[:2]) == (["succeeded", 2], ["ended", 1])
    assert 0 <= succeeded[2] <= succeeded[3] <= succeeded[4] <= 0.1


def test_the_three_forms_tell_the_same(project, shop, script):
    paying(project, script, "2028-03-09T10:00", 1000, additional_data={"channel": "=cmd()"})
    paying(project, script, "2028-03-09T10:00", 5, additional_data={"channel": 'a,"b"'})
    add_up(project)

    rows = read(shop, "amount-by-channel")
    lines = read(shop, "amount-by-channel", "jsonl")

    assert rows == [["=cmd()", 10.0], ['a,"b"', 0.05]]
    assert [json.loads(line) for line in lines.splitlines()] == rows
    assert read(shop, "amount-by-channel", "csv") == 'channel,total\r\n\'=cmd(),10.00\r\n"a,""b""",0.05\r\n'


def test_nothing_of_another_project_or_mode_is_told(project, shop, script):
    other = factories.make_project()
    factories.make_account(other)
    factories.make_account(project, mode="live")
    paying(other, script, "2028-03-09T10:00", 1000)
    paying(project, script, "2028-03-09T10:00", 500, mode="live")
    for each in (project, other):
        add_up(each)

    assert read(shop, "amount-by-method") == []
    assert read(shop, "percentage-by-status") == []
    live = OrderSystem(create_api_key(project=project, mode="live", scopes=["read"]).secret)
    assert read(live, "amount-by-method") == [["Credit Card", 5.0]]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"transactionDateFrom": "2028-03-01"}, "transactionDateTo"),
        ({"transactionDateTo": "2028-03-01"}, "transactionDateFrom"),
        ({"transactionDateFrom": "2028-03-02", "transactionDateTo": "2028-03-01"}, "transactionDateTo"),
        ({"transactionDateFrom": "2028-03-01", "transactionDateTo": "2028-03-01"}, "transactionDateTo"),
        ({"transactionDateFrom": "yesterday", "transactionDateTo": "2028-03-01"}, "transactionDateFrom"),
        ({"transactionDateFrom": "2028-02-30", "transactionDateTo": "2028-03-01"}, "transactionDateFrom"),
        ({"transactionDateFrom": "2028-03-01T00:00", "transactionDateTo": "2028-03-02"}, "transactionDateFrom"),
        ({"transactionDateFrom": "0001-01-01", "transactionDateTo": "2028-03-02"}, "transactionDateFrom"),
        ({"currency": "eur"}, "currency"),
        ({"from": "2028-03-01"}, "from"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(shop, query, param):
    refused = shop.get("/analytics/amount-by-channel/csv", query)
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (400, "invalid_field", param)


def test_the_years_take_no_range(shop):
    refused = shop.get("/analytics/amount-transactions-by-day-this-year/json", {"transactionDateFrom": "2028-03-01"})
    assert (refused.status_code, refused.json()["param"]) == (400, "transactionDateFrom")


def test_a_key_of_the_checkout_reads_nothing_and_a_profile_that_is_not_there_is_not_found(project, shop):
    browser = OrderSystem(create_api_key(project=project, mode="test", scopes=["checkout"]).secret)
    assert browser.get("/analytics/amount-by-method/json").status_code == 403
    assert OrderSystem(None).get("/analytics/amount-by-method/json").status_code == 401
    assert shop.get("/analytics/number-transactions-by-channel/json").status_code == 404
    assert Payment.objects.count() == 0


def test_s55_no_channel_becomes_a_formula_behind_what_a_spreadsheet_drops(project, shop, script):
    for number, channel in enumerate((" =1+1", "\u200b=1+1", "＝1+1", "'@x")):
        paying(project, script, f"2028-03-09T10:0{number}", 100, additional_data={"channel": channel})
    add_up(project)

    cells = [line.rsplit(",", 1)[0] for line in read(shop, "amount-by-channel", "csv").splitlines()[1:]]

    assert sorted(cells) == sorted(["' =1+1", "'\u200b=1+1", "'＝1+1", "''@x"])
