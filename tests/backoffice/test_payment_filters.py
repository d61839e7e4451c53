"""What a URL of the list of payments means: each filter, together, and what cannot be read."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from backoffice.payment_filters import filtered_payments, read_payment_filters
from paymenthub.kernel import clock
from payments.models import Payment, ProviderAccount
from tests import factories
from tests.backoffice import rows
from tests.staff import make_staff


@pytest.fixture
def everybody(db: None) -> User:
    return make_staff("anna", "view_payment")


def _found(user: User, text: str) -> set[str]:
    return {payment.shop_transaction_id for payment in filtered_payments(user, QueryDict(text))}


def _make(account: ProviderAccount, shop_id: str, **over) -> Payment:
    return rows.make_payment(account, shop_transaction_id=shop_id, **over)


def test_each_filter_keeps_what_it_names(account: ProviderAccount, everybody: User) -> None:
    other = rows.make_account(factories.make_project(), mode="live", methods=["bank-transfer"])
    _make(account, "paid", business_state=1, type="PAY_BY_LINK")
    _make(other, "live", method="bank-transfer", additional_data={"channel": "web"})
    rows.make_attempt(_make(account, "doubt"), "UNKNOWN")

    assert _found(everybody, "") == {"paid", "live", "doubt"}
    assert _found(everybody, "status=1") == {"paid"}
    assert _found(everybody, "status=0&status=1") == {"paid", "live", "doubt"}
    assert _found(everybody, "doubt=yes") == {"doubt"}
    assert _found(everybody, "method=bank-transfer") == {"live"}
    assert _found(everybody, "provider=sandbox") == {"paid", "live", "doubt"}
    assert _found(everybody, "provider=nobody") == set()
    assert _found(everybody, "type=PAY_BY_LINK") == {"paid"}
    assert _found(everybody, "channel=web") == {"live"}
    assert _found(everybody, "mode=live") == {"live"}
    assert _found(everybody, f"project={other.project_id}") == {"live"}
    assert _found(everybody, "status=0&mode=test&doubt=yes") == {"doubt"}
    assert _found(everybody, "status=0&mode=test&channel=web") == set()


def test_days_are_utc_and_both_inclusive(account: ProviderAccount, everybody: User) -> None:
    for shop_id, at in (
        ("before", dt.datetime(2026, 3, 1, 23, 59, 59, 999999, dt.UTC)),
        ("first", dt.datetime(2026, 3, 2, tzinfo=dt.UTC)),
        ("last", dt.datetime(2026, 3, 3, 23, 59, 59, 999999, dt.UTC)),
        ("after", dt.datetime(2026, 3, 4, tzinfo=dt.UTC)),
    ):
        _make(account, shop_id, created_at=at)

    assert _found(everybody, "from=2026-03-02&to=2026-03-03") == {"first", "last"}
    assert _found(everybody, "from=2026-03-03") == {"last", "after"}
    assert _found(everybody, "to=2026-03-02") == {"before", "first"}


def test_a_period_moves_with_today(account: ProviderAccount, everybody: User, monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 3, 10, 0, 30, tzinfo=dt.UTC))
    for shop_id, day in (
        ("today", (2026, 3, 10)),
        ("week", (2026, 3, 4)),
        ("month", (2026, 3, 1)),
        ("february", (2026, 2, 28)),
        ("older", (2025, 12, 31)),
    ):
        _make(account, shop_id, created_at=dt.datetime(*day, tzinfo=dt.UTC))

    assert _found(everybody, "period=today") == {"today"}
    assert _found(everybody, "period=yesterday") == set()
    assert _found(everybody, "period=7d") == {"today", "week"}
    assert _found(everybody, "period=mtd") == {"today", "week", "month"}
    assert _found(everybody, "period=last_month") == {"february"}
    assert _found(everybody, "period=30d") == {"today", "week", "month", "february"}
    assert _found(everybody, "period=ytd") == {"today", "week", "month", "february"}


def test_amounts_are_major_units_of_each_currency(account: ProviderAccount, everybody: User) -> None:
    _make(account, "eur", amount=1250, currency="EUR")
    _make(account, "yen", amount=13, currency="JPY")
    _make(account, "dinar", amount=12500, currency="KWD")
    _make(account, "cents", amount=13, currency="EUR")

    assert _found(everybody, "amount_from=12.50&amount_to=12,50") == {"eur", "dinar"}
    assert _found(everybody, "amount_from=12.5001") == {"yen"}
    assert _found(everybody, "amount_from=12&amount_to=13&currency=jpy") == {"yen"}
    assert _found(everybody, "amount_to=1") == {"cents"}
    assert _found(everybody, "currency=KWD") == {"dinar"}
    assert _found(everybody, "amount_from=9999999999999999") == set()


@pytest.mark.parametrize(
    "text",
    [
        "status=paid",
        "status=1&status=17",
        "doubt=no",
        "from=yesterday",
        "from=2026-03-02&to=2026-03-01",
        "period=7d&from=2026-03-01",
        "period=forever",
        "to=9999-12-31",
        "amount_from=lots",
        "amount_from=1,234",
        "amount_from=2&amount_to=1",
        "currency=EURO",
        "type=GIFT",
        "project=17",
        "mode=staging",
        "state=PAYMENT_PAID",
        "business_state__exact=1",
        "q=" + "x" * 256,
        "q=%00",
        "channel=%00",
        "provider=" + "x" * 256,
    ],
)
def test_what_cannot_be_read_finds_nothing_and_is_said(account: ProviderAccount, everybody: User, text: str) -> None:
    _make(account, "there", amount=200)

    assert _found(everybody, text) == set()
    assert len(read_payment_filters(everybody, QueryDict(text)).problems) == 1


def test_a_person_finds_the_rows_of_their_projects_only(account: ProviderAccount) -> None:
    other = rows.make_account(factories.make_project())
    _make(account, "mine")
    _make(other, "theirs")
    bert = make_staff("bert", "view_payment", projects=(account.project,))

    assert _found(bert, "") == {"mine"}
    assert _found(bert, "q=theirs") == set()
    assert _found(bert, "status=0") == {"mine"}
    assert _found(bert, f"project={other.project_id}") == set()
    assert read_payment_filters(bert, QueryDict(f"project={other.project_id}")).problems


def test_what_a_list_is_filtered_by_is_named(account: ProviderAccount, everybody: User) -> None:
    reading = read_payment_filters(everybody, QueryDict("status=1&status=1000&amount_from=5&q=abc&period=7d"))

    assert [(str(each.label), str(each.value), each.names, each.only) for each in reading.active] == [
        ("Search", "abc", ("q",), ""),
        ("Status", "Paid", ("status",), "1"),
        ("Status", "Failed", ("status",), "1000"),
        ("Date (UTC)", "Last 7 days", ("period",), ""),
        ("Amount", "5 or more", ("amount_from",), ""),
    ]


def test_search_takes_what_people_have_at_hand(account: ProviderAccount, everybody: User) -> None:
    link = rows.make_link(_make(account, "by-link"))
    _make(account, "of-link", link_id=link.pk)
    _make(account, "NW-1", amount=1250, buyer={"email": "Ada.Rossi@shop.example"})
    _make(account, "NW-10", amount=123400, buyer={"email": "bob@shop.example"})
    _make(account, "yen", amount=1250, currency="JPY")
    _make(account, "dinar", amount=1234, currency="KWD")

    assert _found(everybody, "q=NW-1") == {"NW-1"}
    assert _found(everybody, "q=nw-1") == {"NW-1", "NW-10"}
    assert _found(everybody, "q=ada.rossi@shop.example") == {"NW-1"}
    assert _found(everybody, "q=ADA.") == {"NW-1"}
    assert _found(everybody, "q=rossi@") == set()
    assert _found(everybody, "q=%25@shop") == set()
    assert _found(everybody, "q=12,50") == {"NW-1"}
    assert _found(everybody, "q=12.50 EUR") == {"NW-1"}
    assert _found(everybody, "q=EUR 12.50") == {"NW-1"}
    assert _found(everybody, "q=12.50 jpy") == set()
    assert _found(everybody, "q=1250") == {"yen"}
    assert _found(everybody, "q=1250 JPY") == {"yen"}
    assert _found(everybody, "q=1.234") == {"NW-10", "dinar"}
    assert _found(everybody, f"q={link.code}") == {"by-link", "of-link"}
    assert _found(everybody, "q=" + link.code[:10]) == set()


def test_an_id_of_another_project_changes_nothing_in_what_a_person_finds(account: ProviderAccount) -> None:
    _make(account, "NW-10")
    _make(rows.make_account(factories.make_project()), "NW-1")
    bert = make_staff("bert", "view_payment", projects=(account.project,))

    assert _found(bert, "q=NW-1") == {"NW-10"}


@pytest.mark.parametrize("query", ["provider=%00", "method=%00", "channel=%00", "q=%00", "project=%00", "status=%00"])
def test_what_no_text_can_hold_finds_nothing_and_is_said(account: ProviderAccount, everybody: User, query: str) -> None:
    _make(account, "there")

    assert _found(everybody, query) == set()
    assert not read_payment_filters(everybody, QueryDict(query)).is_usable
