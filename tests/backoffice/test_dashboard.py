"""The dashboard: its numbers, its address, whose they are, its files, and the order of its cards."""

import csv
import datetime as dt
import io
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backoffice.dashboard.catalogue import CARDS
from backoffice.dashboard.choice import read
from backoffice.dashboard.numbers import Numbers
from backoffice.dashboard.period import Against, Period, Span, compared, period_of
from backoffice.models import DashboardLayout
from paymenthub.kernel import clock
from payments.services import rollups
from providers.types import Outcome
from tests import factories
from tests.payments.rollups.story import at, charged_back, paying, refunding
from tests.staff import make_staff

NOW = "2026-03-20T12:00"


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.frozen(at(NOW)):
        yield


@pytest.fixture
def account(project, script):
    return factories.make_account(project)


@pytest.fixture
def told(project, account, script):
    """A few days of a shop: 40.00 taken in March of four payments, 7.00 of it given back; 20.00 in February."""
    first = paying(project, script, "2026-03-10T10:00", 1000, additional_data={"channel": "web"})
    refunding(first, script, "2026-03-11T10:00", 300)
    lost = paying(project, script, "2026-03-10T10:00", 2000)
    charged_back(lost, "2026-03-15T10:00")
    whole = paying(project, script, "2026-03-12T10:00", 400)
    refunding(whole, script, "2026-03-13T10:00", 400)
    paying(project, script, "2026-03-12T10:00", 600)
    paying(project, script, "2026-03-12T10:00", 5000, outcome=Outcome.DECLINED)
    paying(project, script, "2026-02-10T10:00", 2000)
    paying(project, script, "2025-03-10T10:00", 800)
    paying(project, script, "2026-03-12T10:00", 777, currency="JPY")
    rollups.rebuild(project.id)
    return project


def staff(name: str, *permissions: str, projects=None) -> Client:
    client = Client()
    client.force_login(make_staff(name, "view_dashboard", *permissions, projects=projects))
    return client


def file_of(client: Client, key: str, query: str = "period=mtd") -> list[list[str]]:
    response = client.get(f"/admin/dashboard/{key}.csv?{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.content.decode())))


@pytest.fixture
def viewer(db) -> Client:
    return staff("ada")


@pytest.mark.django_db
def test_the_figures_of_a_month_and_of_the_same_days_of_the_month_before(told, viewer):
    rows = {row[0]: row[1:] for row in file_of(viewer, "figures")}
    assert rows == {
        "figure": ["value", "before"],
        "Taken": ["40.00", "20.00"],
        "Refunded": ["7.00", "0.00"],
        "Charged back": ["20.00", "0.00"],
        "Left": ["13.00", "20.00"],
        "Payments": ["5", "1"],
        "Success rate": ["80.00", "100.00"],
    }


@pytest.mark.django_db
def test_what_was_refunded_in_part_stays_in_the_amounts(told, viewer):
    assert file_of(viewer, "amount-by-channel") == [
        ["channel", "amount_EUR", "before_EUR"],
        ["web", "10.00", "0.00"],
        ["unknown", "6.00", "20.00"],
    ]
    assert file_of(viewer, "amount-by-method", "period=mtd&compare=none") == [
        ["method", "amount_EUR"],
        ["Credit Card", "16.00"],
    ]


@pytest.mark.django_db
def test_the_year_lies_over_the_year_before_and_gaps_are_zero(told, viewer):
    rows = file_of(viewer, "amount-by-day-years")
    assert rows[0] == ["day", "this_year_EUR", "last_year_EUR"]
    assert (len(rows), rows[1][0], rows[-1]) == (366, "2025-03-21", ["2026-03-20", "0.00", "0.00"])
    amounts = {row[0]: row[1:] for row in rows[1:] if row[1:] != ["0.00", "0.00"]}
    assert amounts == {
        "2026-02-10": ["20.00", "0.00"],
        "2026-03-10": ["10.00", "8.00"],
        "2026-03-12": ["6.00", "0.00"],
    }


@pytest.mark.django_db
def test_days_of_the_period_lie_over_those_of_the_comparison(told, viewer):
    rows = file_of(viewer, "amount-by-day", "period=custom&from=2026-03-10&to=2026-03-11&compare=year")
    assert rows == [
        ["day", "amount_EUR", "day_before", "before_EUR"],
        ["2026-03-10", "10.00", "2025-03-10", "8.00"],
        ["2026-03-11", "0.00", "2025-03-11", "0.00"],
    ]


@pytest.mark.django_db
def test_shares_declines_and_what_went_back(told, viewer):
    assert sorted(file_of(viewer, "share-by-status")[1:]) == [
        ["Charged back", "1", "20.00"],
        ["Failed", "1", "20.00"],
        ["Paid", "1", "20.00"],
        ["Partially refunded", "1", "20.00"],
        ["Totally refunded", "1", "20.00"],
    ]
    assert file_of(viewer, "success-by-provider", "period=mtd&compare=none")[1] == (
        ["Scripted", "80.00", "", "4", "1", "0", "0", "0"]
    )
    assert file_of(viewer, "decline-reasons")[1:] == [["Insufficient funds", "1", "100.00", "0"]]
    assert [row[:2] for row in file_of(viewer, "refunds-and-disputes")[1:]] == [
        ["Payments refunded", "50.00"],
        ["Money refunded", "17.50"],
        ["Payments disputed", "25.00"],
        ["Money charged back", "50.00"],
    ]


@pytest.mark.django_db
def test_another_currency_is_told_by_itself_and_with_its_own_decimals(told, viewer):
    rows = {row[0]: row[1] for row in file_of(viewer, "figures", "period=mtd&currency=JPY")}
    assert (rows["Taken"], rows["Payments"]) == ("777", "1")


@pytest.mark.django_db
def test_the_page_shows_the_numbers_of_its_files(told, viewer):
    page = viewer.get("/admin/?period=mtd").content.decode()
    for key in CARDS:
        assert f'id="card-{key}"' in page
    assert "40.00 EUR" in page
    assert "As of 2026-03-20 12:00 UTC" in page
    ((_, *cells),) = re.findall(r"<tr><th scope=\"row\">(web)</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", page)
    assert cells == ["10.00 EUR", "0.00 EUR"]


@pytest.mark.django_db
def test_nothing_of_a_project_that_is_not_the_persons_own_is_counted_or_named(told, script):
    other = factories.make_project(name="elsewhere")
    factories.make_account(other)
    paying(other, script, "2026-03-12T10:00", 99_900)
    rollups.rebuild(other.id)
    mine = staff("bea", projects=(told,))

    assert file_of(mine, "figures")[1] == ["Taken", "40.00", "20.00"]
    assert file_of(staff("carl"), "figures")[1] == ["Taken", "1039.00", "20.00"]
    assert file_of(mine, "figures", f"period=mtd&project={other.id}")[1] == ["Taken", "40.00", "20.00"]
    page = mine.get(f"/admin/?period=mtd&project={other.id}").content.decode()
    assert "There is no such project among yours" in page
    assert "elsewhere" not in page
    assert file_of(staff("dora", projects=()), "figures")[1] == ["Taken", "0.00", "0.00"]


@pytest.mark.django_db
def test_without_the_permission_there_are_only_the_pages(told):
    client = Client()
    client.force_login(make_staff("eva", "view_payment"))
    page = client.get("/admin/").content.decode()
    assert 'id="dashboard"' not in page
    assert "Payments" in page
    assert client.get("/admin/dashboard/figures.csv").status_code == 403
    assert client.post("/admin/dashboard/arrange", {"card": "figures", "move": "hide"}).status_code == 403


@pytest.mark.django_db
def test_nobody_else_gets_in(client):
    assert client.get("/admin/dashboard/figures.csv").status_code == 302
    assert client.post("/admin/dashboard/arrange", {"move": "reset"}).status_code == 302


@pytest.mark.django_db
def test_what_customers_and_shops_wrote_is_text(project, account, script, viewer):
    hostile = '<script>alert("x")</script>'
    paying(project, script, "2026-03-12T10:00", 100, additional_data={"channel": hostile})
    paying(project, script, "2026-03-12T10:00", 50, additional_data={"channel": "=1+1"})
    paying(project, script, "2026-03-12T10:00", 25, additional_data={"channel": " =1+1"})
    rollups.rebuild(project.id)

    page = viewer.get("/admin/?period=mtd").content.decode()

    assert hostile not in page
    assert "&lt;script&gt;alert(" in page
    assert [row[0] for row in file_of(viewer, "amount-by-channel")[1:]] == [hostile, "'=1+1", "' =1+1"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "period=fortnight",
        "period=custom",
        "period=custom&from=2026-03-10&to=2026-03-01",
        "period=custom&from=1900-01-01&to=2026-03-01",
        "period=custom&from=2027-01-01&to=2027-01-02",
        "period=custom&from=2026-02-30&to=2026-03-01",
        "compare=never",
        "mode=real",
        "currency=XXX",
        "project=1",
    ],
)
def test_what_of_the_address_cannot_be_used_is_said_and_the_rest_is_shown(told, viewer, query):
    response = viewer.get(f"/admin/?{query}")
    assert response.status_code == 200
    assert 'class="dash-problem"' in response.content.decode()


@pytest.mark.django_db
def test_an_empty_hub_says_so(project, viewer):
    page = viewer.get("/admin/").content.decode()
    assert "Nothing in this period." in page
    assert "Every outcome is known." in page


@pytest.mark.django_db
def test_cards_are_moved_hidden_and_shown_again_for_one_person_only(told, viewer):
    def cards(client: Client) -> list[str]:
        return re.findall(r'id="card-([a-z-]+)"', client.get("/admin/").content.decode())

    def arrange(card: str, move: str) -> None:
        response = viewer.post("/admin/dashboard/arrange?period=ytd", {"card": card, "move": move})
        assert response.status_code == 302
        assert "period=ytd" in response["Location"]

    usual = list(CARDS)
    assert cards(viewer) == usual
    arrange("amount-by-day-years", "up")
    assert cards(viewer)[:2] == ["amount-by-day-years", "figures"]
    arrange("amount-by-day", "hide")
    assert cards(viewer) == ["amount-by-day-years", "figures", *usual[3:]]
    arrange("amount-by-method", "up")
    assert cards(viewer)[:3] == ["amount-by-day-years", "amount-by-method", "figures"]
    arrange("amount-by-day-years", "up")
    assert cards(viewer)[0] == "amount-by-day-years"
    assert cards(staff("other")) == usual
    arrange("amount-by-day", "show")
    assert "amount-by-day" in cards(viewer)
    arrange("", "reset")
    assert cards(viewer) == usual
    assert not DashboardLayout.objects.exists()


@pytest.mark.django_db
def test_an_unknown_move_is_refused_and_an_unknown_card_moves_nothing(viewer):
    assert viewer.post("/admin/dashboard/arrange", {"card": "figures", "move": "away"}).status_code == 400
    assert viewer.post("/admin/dashboard/arrange", {"card": "nothing", "move": "up"}).status_code == 302
    assert viewer.get("/admin/dashboard/nothing.csv").status_code == 404
    assert viewer.get("/admin/dashboard/arrange").status_code == 405
    assert not DashboardLayout.objects.exists()


@pytest.mark.django_db
def test_the_page_asks_the_database_as_often_whatever_there_is_to_tell(told, viewer, django_assert_max_num_queries):
    viewer.get("/admin/?period=ytd")
    with django_assert_max_num_queries(40):
        viewer.get("/admin/?period=ytd")


@pytest.mark.django_db
def test_every_chart_has_a_table_whose_rows_fit_its_columns(told, viewer):
    numbers = Numbers(read({"period": "mtd"}, User.objects.get(username="ada")))
    for key, kind in CARDS.items():
        table = kind.make(numbers).table
        assert all(len(row) == len(table.columns) for row in table.rows), key


@pytest.mark.parametrize(
    ("span", "today", "against", "first", "before"),
    [
        (Span.TODAY, "2026-03-20", Against.PREVIOUS, "2026-03-20", ("2026-03-19", "2026-03-19")),
        (Span.WEEK, "2026-03-20", Against.PREVIOUS, "2026-03-14", ("2026-03-07", "2026-03-13")),
        (Span.MONTH, "2026-03-20", Against.YEAR, "2026-02-19", ("2025-02-19", "2025-03-20")),
        (Span.MTD, "2026-03-31", Against.PREVIOUS, "2026-03-01", ("2026-02-01", "2026-02-28")),
        (Span.MTD, "2028-03-30", Against.PREVIOUS, "2028-03-01", ("2028-02-01", "2028-02-29")),
        (Span.YTD, "2028-02-29", Against.PREVIOUS, "2028-01-01", ("2027-01-01", "2027-02-28")),
    ],
)
def test_periods_and_what_they_are_compared_with(span, today, against, first, before):
    period = period_of(span, dt.date.fromisoformat(today))
    assert period == Period(dt.date.fromisoformat(first), dt.date.fromisoformat(today))
    assert compared(span, period, against) == Period(*map(dt.date.fromisoformat, before))
    assert compared(span, period, Against.NOTHING) is None
