"""What stands around a list: pages by key, orders, tabs, chips, columns, saved views, totals, a question that takes too long."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from backoffice.lists import pages
from backoffice.models import ListColumns, SavedView
from backoffice.payment_filters import PAYMENT_FILTERS
from payments.models import Payment, ProviderAccount
from tests import factories
from tests.backoffice import rows
from tests.staff import make_staff

LIST = "admin:payments_payment_changelist"


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def anna(db: None) -> Client:
    return _client(make_staff("anna", "view_payment"))


@pytest.fixture
def bert(account: ProviderAccount) -> Client:
    return _client(make_staff("bert", "view_payment", projects=(account.project,)))


def _make(account: ProviderAccount, shop_id: str, **over) -> Payment:
    return rows.make_payment(account, shop_transaction_id=shop_id, **over)


def _shown(client: Client, address: str = "") -> list[str]:
    answer = client.get(reverse(LIST) + address)
    assert answer.status_code == 200
    return [payment.shop_transaction_id for payment in answer.context["cl"].result_list]


def _walk(client: Client, address: str, way: str) -> list[list[str]]:
    found = []
    while address:
        answer = client.get(reverse(LIST) + address)
        found.append([payment.shop_transaction_id for payment in answer.context["cl"].result_list])
        address = answer.context["listing"][way]
    return found


@pytest.fixture
def sixty(account: ProviderAccount) -> list[str]:
    """Sixty payments of three projects in both modes, many of one moment."""
    accounts = [account] + [rows.make_account(factories.make_project(), mode=mode) for mode in ("test", "live")]
    made = [
        _make(accounts[n % 3], f"n{n}", created_at=rows.at(n // 7), amount=100 * (n % 4), currency="EUR")
        for n in range(60)
    ]
    ordered = sorted(made, key=lambda payment: (payment.created_at, payment.pk), reverse=True)
    return [payment.shop_transaction_id for payment in ordered]


def test_pages_hold_every_row_once_and_in_order_both_ways(sixty: list[str], anna: Client) -> None:
    forth = _walk(anna, "?", "older")
    assert [len(page) for page in forth] == [25, 25, 10]
    assert [row for page in forth for row in page] == sixty

    last = anna.get(reverse(LIST) + anna.get(reverse(LIST)).context["listing"]["older"]).context["listing"]["older"]
    back = _walk(anna, last, "newer")
    assert back[0] == sixty[50:]
    assert back[1:3] == [sixty[25:50], sixty[:25]]


def test_a_scoped_person_walks_over_their_own_rows(sixty: list[str], bert: Client) -> None:
    mine = [row for row in sixty if int(row[1:]) % 3 == 0]
    assert _walk(bert, "?", "older") == [mine]


def test_the_oldest_first_is_the_newest_first_backwards(sixty: list[str], anna: Client) -> None:
    assert [row for page in _walk(anna, "?sort=oldest", "older") for row in page] == sixty[::-1]


def test_amounts_stand_in_order_within_one_currency_only(sixty: list[str], anna: Client) -> None:
    walked = [row for page in _walk(anna, "?sort=highest&currency=EUR", "older") for row in page]
    assert sorted(walked) == sorted(sixty)
    assert [int(row[1:]) % 4 for row in walked] == sorted((int(row[1:]) % 4 for row in sixty), reverse=True)

    refused = anna.get(reverse(LIST) + "?sort=highest")
    assert [row.shop_transaction_id for row in refused.context["cl"].result_list] == sixty[:25]
    assert "choose a currency first" in refused.content.decode()


@pytest.mark.parametrize("position", ["x", "bnVsbA", "W10", "WyJhIiwiYiJd", "%00", "eyJhIjoxfQ"])
def test_a_position_that_is_none_shows_the_first_page_and_says_so(
    sixty: list[str], anna: Client, position: str
) -> None:
    answer = anna.get(reverse(LIST) + f"?after={position}")
    assert [row.shop_transaction_id for row in answer.context["cl"].result_list] == sixty[:25]
    assert "this is the first one" in answer.content.decode()


def test_a_filter_that_is_none_gives_an_empty_list_that_says_why(account: ProviderAccount, anna: Client) -> None:
    _make(account, "there")
    answer = anna.get(reverse(LIST) + "?status=paid&from=%3Cscript%3E")
    text = answer.content.decode()
    assert list(answer.context["cl"].result_list) == []
    assert "there is no «paid»" in text
    assert "«&lt;script&gt;» is no date" in text
    assert "<script>»" not in text


def test_tabs_narrow_what_is_filtered_already(account: ProviderAccount, anna: Client) -> None:
    _make(account, "paid", business_state=1)
    _make(account, "failed", business_state=1000)
    _make(account, "paid-live", business_state=1, mode="live")

    tabs = {str(tab["label"]): tab for tab in anna.get(reverse(LIST) + "?mode=test").context["listing"]["tabs"]}
    assert list(tabs)[:6] == ["All", "Paid", "Created", "Totally refunded", "Partially refunded", "Failed"]
    assert tabs["All"]["active"]
    assert _shown(anna, tabs["Paid"]["url"]) == ["paid"]
    again = anna.get(reverse(LIST) + tabs["Paid"]["url"]).context["listing"]["tabs"]
    assert [str(tab["label"]) for tab in again if tab["active"]] == ["Paid"]


def test_a_chip_takes_its_own_filter_away(account: ProviderAccount, anna: Client) -> None:
    _make(account, "paid", business_state=1)
    _make(account, "failed", business_state=1000)
    _make(account, "created", business_state=0)

    address = "?status=1&status=1000&mode=test"
    chips = {
        str(chip["active"].value): chip["url"] for chip in anna.get(reverse(LIST) + address).context["listing"]["chips"]
    }
    assert set(_shown(anna, address)) == {"paid", "failed"}
    assert _shown(anna, chips["Paid"]) == ["failed"]
    assert set(_shown(anna, chips["Test"])) == {"paid", "failed"}


def test_every_filter_has_its_place_in_the_form(account: ProviderAccount, anna: Client) -> None:
    text = anna.get(reverse(LIST)).content.decode()
    for each in PAYMENT_FILTERS:
        for name in each.names:
            assert f'name="{name}"' in text


def test_a_person_chooses_columns_and_has_the_usual_ones_back(account: ProviderAccount, anna: Client) -> None:
    _make(account, "a", buyer={"email": "<b>ada@shop.example"}, additional_data={"channel": "<i>kiosk"})
    usual = anna.get(reverse(LIST)).content.decode()
    assert "&lt;i&gt;kiosk" in usual
    assert "ada@shop.example" not in usual

    answer = anna.post(
        reverse("admin:payments_payment_columns"),
        {"column": ["buyer_email", "status", "password", "status"], "query": "mode=test"},
    )
    assert answer.headers["Location"] == reverse(LIST) + "?mode=test"
    assert ListColumns.objects.get().columns == ["buyer_email", "status"]
    chosen = anna.get(reverse(LIST)).content.decode()
    assert "&lt;b&gt;ada@shop.example" in chosen
    assert "kiosk" not in chosen

    anna.post(reverse("admin:payments_payment_columns"), {"column": ["status"], "usual": "1"})
    assert "&lt;i&gt;kiosk" in anna.get(reverse(LIST)).content.decode()


def _save(client: Client, name: str, query: str, **more: str) -> str:
    return client.post(reverse("admin:payments_payment_save_view"), {"name": name, "query": query, **more}).headers[
        "Location"
    ]


def _views(client: Client) -> dict[str, str]:
    return {row["view"].name: row["url"] for row in client.get(reverse(LIST)).context["listing"]["views"]}


def test_a_view_keeps_filter_order_and_columns_and_no_page(account: ProviderAccount, anna: Client) -> None:
    _make(account, "paid", business_state=1)
    _make(account, "failed", business_state=1000)

    _save(anna, "  Failed <b> ", "status=1000&sort=oldest&after=xyz&view=1", with_columns="1", column="shop_id")

    view = SavedView.objects.get()
    assert (view.name, view.query, view.columns, view.shared) == (
        "Failed <b>",
        "status=1000&sort=oldest",
        ["shop_id"],
        False,
    )
    answer = anna.get(reverse(LIST) + _views(anna)["Failed <b>"])
    assert [row.shop_transaction_id for row in answer.context["cl"].result_list] == ["failed"]
    assert answer.context["cl"].list_display[-2:] == ["shop_id", "row_menu"]
    assert "Failed &lt;b&gt;" in answer.content.decode()


def test_a_shared_view_shows_each_person_their_own_rows(account: ProviderAccount, anna: Client, bert: Client) -> None:
    _make(account, "mine", business_state=1000)
    _make(rows.make_account(factories.make_project()), "theirs", business_state=1000)
    _save(anna, "Failed", "status=1000", shared="1")
    _save(anna, "Secret", "status=1")

    assert list(_views(bert)) == ["Failed"]
    assert _shown(bert, _views(bert)["Failed"]) == ["mine"]
    assert set(_shown(anna, _views(anna)["Failed"])) == {"mine", "theirs"}


def test_a_view_is_changed_and_deleted_by_its_owner_only(account: ProviderAccount, anna: Client, bert: Client) -> None:
    _save(anna, "One", "status=1", shared="1")
    _save(anna, "Two", "status=0")
    page = reverse("admin:payments_payment_saved_view", args=[SavedView.objects.get(name="One").pk])

    assert bert.get(page).status_code == 404
    assert bert.post(page, {"delete": "1"}).status_code == 404
    anna.post(page, {"name": "Two", "shared": "1"})
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["One", "Two"]
    anna.post(page, {"name": "Three"})
    assert sorted(SavedView.objects.values_list("name", "shared")) == [("Three", False), ("Two", False)]
    anna.post(page, {"delete": "1", "name": "Three"})
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Two"]


@pytest.mark.parametrize(("name", "query"), [("", "status=1"), ("x" * 61, "status=1"), ("long", "q=" + "x" * 4000)])
def test_a_view_without_a_name_or_too_long_is_not_kept(anna: Client, name: str, query: str) -> None:
    _save(anna, name, query)
    assert not SavedView.objects.exists()


def test_a_person_keeps_fifty_views(anna: Client) -> None:
    for number in range(51):
        _save(anna, f"view {number}", "status=1")
    assert SavedView.objects.count() == 50
    _save(anna, "view 7", "status=0")
    assert SavedView.objects.get(name="view 7").query == "status=0"


def test_totals_are_exact_for_each_currency(account: ProviderAccount, anna: Client, bert: Client) -> None:
    _make(account, "a", amount=1250, captured=1250, refunded_by_us=50, refunded_elsewhere=200, business_state=2)
    _make(account, "b", amount=1, captured=0)
    _make(account, "c", amount=700, currency="JPY", captured=700, business_state=1)
    _make(rows.make_account(factories.make_project()), "d", amount=99, captured=99, business_state=1)

    def totals(client: Client, query: str = "") -> dict:
        found = client.get(reverse("admin:payments_payment_totals") + query, headers={"HX-Request": "true"}).context[
            "totals"
        ]
        return {row["currency"]: (row["rows"], *(text for _words, text in row["sums"])) for row in found}

    assert totals(anna) == {"EUR": (3, "13.50 EUR", "13.49 EUR", "2.50 EUR"), "JPY": (1, "700 JPY", "700 JPY", "0 JPY")}
    assert totals(bert)["EUR"] == (2, "12.51 EUR", "12.50 EUR", "2.50 EUR")
    assert totals(anna, "?status=2") == {"EUR": (1, "12.50 EUR", "12.50 EUR", "2.50 EUR")}
    assert totals(anna, "?status=paid") == {}


def test_totals_need_the_permission_of_the_list_and_have_a_page_without_script(
    account: ProviderAccount, anna: Client, stranger: Client
) -> None:
    _make(account, "a")
    address = reverse("admin:payments_payment_totals")
    assert stranger.get(address).status_code == 403
    for name in ("columns", "save_view"):
        assert stranger.post(reverse(f"admin:payments_payment_{name}")).status_code == 403
        assert anna.get(reverse(f"admin:payments_payment_{name}")).status_code == 405
    assert "129.90 EUR" in anna.get(address).content.decode()


@pytest.fixture
def slow(settings, monkeypatch) -> None:
    """Every page and every sum takes half a second, and has a tenth of one."""
    settings.LIST_TIMEOUT = settings.LIST_TOTALS_TIMEOUT = 100
    real = connection.cursor

    class Slow:
        def __init__(self, cursor) -> None:
            self.cursor = cursor

        def __enter__(self):
            self.cursor.__enter__()
            return self

        def __exit__(self, *exc):
            return self.cursor.__exit__(*exc)

        def __getattr__(self, name):
            return getattr(self.cursor, name)

        def execute(self, sql, params=None):
            if "LATERAL" in sql or "SUM(" in sql:
                self.cursor.execute("SELECT pg_sleep(0.5)")
            return self.cursor.execute(sql, params)

    monkeypatch.setattr(connection, "cursor", lambda *args, **more: Slow(real(*args, **more)))


def test_a_list_that_takes_too_long_says_so(account: ProviderAccount, anna: Client, slow: None) -> None:
    _make(account, "a")
    answer = anna.get(reverse(LIST))
    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == []
    assert "narrow the filter" in answer.content.decode()


def test_where_walking_along_the_order_takes_too_long_what_matches_is_looked_for_first(
    sixty: list[str], anna: Client, settings, monkeypatch
) -> None:
    settings.LIST_TIMEOUT = 5000
    merged, tried = pages._merged, []

    def slow_walk(rows, places, order, size, sparse):
        tried.append(sparse)
        if not sparse:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(2)")
        return merged(rows, places, order, size, sparse)

    monkeypatch.setattr(pages, "_merged", slow_walk)
    assert _shown(anna, "?mode=test") == [row for row in sixty if int(row[1:]) % 3 != 2][:25]
    assert tried == [False, True]


def test_totals_that_take_too_long_say_so(account: ProviderAccount, anna: Client, slow: None) -> None:
    _make(account, "a")
    answer = anna.get(reverse("admin:payments_payment_totals"), headers={"HX-Request": "true"})
    assert "Too many rows" in answer.content.decode()
    assert "129.90" not in answer.content.decode()


def test_a_row_offers_only_what_is_possible_and_allowed(account: ProviderAccount) -> None:
    paid = _make(account, "paid", captured=12990, business_state=1)
    waits = _make(account, "waits")
    subscription = rows.make_subscription(paid)
    bound = _make(account, "bound", type="SUBSCRIPTION", subscription=subscription)

    def offered(*permissions: str) -> dict[str, list[str]]:
        client = _client(make_staff(f"person-{len(permissions)}", "view_payment", *permissions))
        found = client.get(reverse(LIST)).context["cl"].result_list
        return {row.shop_transaction_id: [str(entry[1]) for entry in row.menu] for row in found}

    nothing = offered()
    assert nothing[paid.shop_transaction_id] == nothing[waits.shop_transaction_id] == ["Detail"]
    everything = offered("refund_payment", "view_subscription", "view_invoice")
    assert everything["paid"][:2] == ["Detail", "Refund"]
    assert everything["waits"] == ["Detail"]
    assert everything[bound.shop_transaction_id] == ["Detail", "Go to subscription"]


INDEXES = {
    "": "payment_by_time",
    "?sort=oldest": "payment_by_time",
    "?status=1000": "payment_by_business_state",
    "?channel=kiosk": "payment_by_channel",
    "?type=PAY_BY_LINK": "payment_by_type",
    "?currency=JPY&sort=highest": "payment_by_currency_amount",
    "?provider=rare": "payment_by_provider",
    "?method=wallet": "payment_by_method",
    "?q=ada@shop": "payment_by_email",
    "?q=nw-1": "payment_by_folded_shop_id",
}


@pytest.mark.parametrize("address", INDEXES)
def test_each_filter_is_served_by_its_index(account: ProviderAccount, anna: Client, monkeypatch, address: str) -> None:
    plans: list[str] = []
    for n in range(300):
        _make(account, f"n{n}", created_at=rows.START + dt.timedelta(seconds=n), business_state=1, captured=12990)
    merged = pages._merged

    def explained(*args):
        with connection.execute_wrapper(_explainer(plans)):
            return merged(*args)

    monkeypatch.setattr(pages, "_merged", explained)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_payment")
        cursor.execute("SET LOCAL enable_seqscan = off")
    _shown(anna, address)

    assert INDEXES[address] in plans[0]
    assert "Seq Scan on payments_payment" not in plans[0]


def _explainer(plans: list[str]):
    def explain(execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            plans.append("\n".join(row[0] for row in cursor.execute("EXPLAIN " + sql, params).fetchall()))
        return execute(sql, params, many, context)

    return explain


def test_subscriptions_have_tabs_filters_and_search_of_the_same_kind(account: ProviderAccount) -> None:
    anna = _client(make_staff("anna", "view_subscription"))
    bert = _client(make_staff("bert", "view_subscription", projects=(factories.make_project(),)))
    paid = _make(account, "paid")
    row = rows.make_subscription(paid)
    address = reverse("admin:payments_subscription_changelist")

    def found(client: Client, query: str) -> list:
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 200
        return [each.pk for each in answer.context["cl"].result_list]

    tabs = [str(tab["label"]) for tab in anna.get(address).context["listing"]["tabs"]]
    assert tabs[:3] == ["All", "Active", "Not active"]
    assert found(anna, "") == [row.pk]
    assert found(bert, "") == []
    assert found(anna, f"q={row.shop_subscription_id}") == [row.pk]
    assert found(anna, f"q={row.shop_subscription_id[:4]}") == [row.pk]
    assert found(anna, f"q={row.public_id}") == [row.pk]
    assert found(anna, "q=nothing") == []
    assert found(anna, f"currency={row.currency}&provider={row.provider}&run_by={row.run_by}") == [row.pk]
    assert found(anna, "status=active") + found(anna, "status=not_active") == [row.pk]
    assert found(anna, "status=WEIRD") == []
    totals = anna.get(address + "totals/", headers={"HX-Request": "true"}).context["totals"]
    assert [(total["currency"], total["rows"], total["sums"]) for total in totals] == [(row.currency, 1, [])]
