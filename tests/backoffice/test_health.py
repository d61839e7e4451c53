"""The page of the system's health: limits, next steps, and what it says when the broker is away."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pybreaker import STATE_OPEN

from backoffice.health import processes as asked
from backoffice.health.backlog import backlog
from backoffice.health.check import Check, Group, Light, light_of, span
from backoffice.health.outside import outside
from paymenthub.kernel import clock
from payments.models import OutboxEvent, Payment, PeriodicRun, Project
from payments.selectors.breakers import prefix_of
from payments.tasks.schedule import periodic_tasks
from tests.backoffice import rows
from tests.factories import make_project
from tests.staff import make_staff

pytestmark = pytest.mark.django_db
PAGE = "admin:backoffice_systemhealth_changelist"


@pytest.fixture
def payment(account: rows.ProviderAccount) -> Payment:
    return rows.make_payment(account)


def one(group: Group, beginning: str) -> Check:
    found = [check for check in group.checks if check.name.startswith(beginning)]
    assert len(found) == 1, [check.name for check in group.checks]
    return found[0]


def client_of(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_staff("ada", *permissions))
    return client


@pytest.fixture
def no_broker(settings: Any) -> None:
    """An address where nobody listens, as after a crash of the broker."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("value", "light"), [(0, Light.GREEN), (59, Light.GREEN), (60, Light.AMBER), (599, Light.AMBER), (600, Light.RED)]
)
def test_a_number_is_amber_and_red_from_its_limits_on(value: float, light: Light) -> None:
    assert light_of(value, amber=60, red=600) is light


def test_spans_are_written_in_the_unit_that_people_say() -> None:
    assert [span(seconds) for seconds in (5, 600, 7200, 864000)] == ["5 s", "10 min", "2 h", "10 days"]


def test_it_is_for_those_who_may_see_it(payment: Payment) -> None:
    assert client_of("view_payment").get(reverse(PAGE)).status_code == 403


def test_without_the_broker_the_page_opens_and_says_so(payment: Payment, no_broker: None) -> None:
    client = client_of("view_health")
    page = client.get(reverse(PAGE))
    group = page.context["groups"][0]

    assert page.status_code == 200
    assert (one(group, "Broker").value, one(group, "Broker").light) == ("does not answer", Light.RED)
    assert one(group, "Workers").light is Light.GREY
    assert one(group, "Tasks in the queue").value == "not known without the broker"
    assert "Start it again (REDIS_URL)" in page.content.decode()
    assert client.get(reverse("admin:backoffice_systemhealth_now")).context["worst"] is Light.RED


def test_no_worker_is_red(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked.current_app.control, "broadcast", lambda *args, **more: None)
    assert asked._workers(reachable=True).light is Light.RED
    monkeypatch.setattr(asked.current_app.control, "broadcast", lambda *args, **more: [{"w1@host": {"ok": "pong"}}])
    assert asked._workers(reachable=True).value == "w1@host"


def test_beat_is_green_where_every_task_has_run_and_names_those_that_have_not(settings: Any) -> None:
    now = clock.now()
    PeriodicRun.objects.bulk_create(PeriodicRun(task=task, slot=now) for task, _ in periodic_tasks(settings))
    assert asked._beat().light is Light.GREEN

    PeriodicRun.objects.filter(task="payments.prove_ledger").update(slot=now - dt.timedelta(hours=4))
    assert (asked._beat().light, asked._beat().value) == (Light.AMBER, "payments.prove_ledger: last 4 h ago")
    PeriodicRun.objects.filter(task="payments.prove_ledger").update(slot=now - dt.timedelta(hours=12))
    assert asked._beat().light is Light.RED


def test_an_event_that_the_relay_has_not_handed_on_grows_red_with_time(payment: Payment) -> None:
    rows.make_delivery(payment, 200, state="delivered")
    user = make_staff("ada")
    OutboxEvent.objects.update(published_at=None, created_at=clock.now())
    assert one(backlog(user), "Events").light is Light.GREEN

    OutboxEvent.objects.update(created_at=clock.now() - dt.timedelta(minutes=5))
    found = one(backlog(user), "Events")
    assert (found.value, found.light) == ("1, the oldest for 5 min", Light.AMBER)
    assert "manage.py relay" in found.step

    OutboxEvent.objects.update(created_at=clock.now() - dt.timedelta(minutes=20))
    assert one(backlog(user), "Events").light is Light.RED


def test_a_number_leads_only_to_a_list_that_one_may_open(payment: Payment) -> None:
    assert one(backlog(make_staff("ada")), "Callbacks").url == ""
    assert one(backlog(make_staff("bob", "view_delivery")), "Callbacks").url


def test_an_open_breaker_and_a_failing_address_are_told_to_those_of_the_project(project: Project) -> None:
    mine, foreign = rows.make_account(project), rows.make_account(make_project())
    for account in (mine, foreign):
        cache.set(f"{prefix_of(account.pk)}state", STATE_OPEN)
        cache.set(f"{prefix_of(account.pk)}opened_at", clock.now().timestamp())
        url = f"https://user:pw@{account.pk.hex}.example/in?token=never-shown"
        rows.make_delivery(rows.make_payment(account), 500, None, 500, state="due", url=url)

    group = outside(make_staff("ada", projects=(project,)))

    names = [check.name for check in group.checks]
    assert names == ["Breaker of Sandbox", f"Address that fails: {mine.pk.hex}.example"]
    assert [check.light for check in group.checks] == [Light.RED, Light.AMBER]
    assert mine.name in group.checks[0].value


def test_the_page_shows_no_personal_data_and_looks_again_by_itself(story: Payment) -> None:
    text = client_of("view_health").get(reverse(PAGE)).content.decode()
    assert 'hx-trigger="every 15s"' in text
    for private in ("buyer@example.com", "never-shown", story.shop_transaction_id, rows.SECRET):
        assert private not in text


def test_the_page_costs_the_same_whatever_waits(payment: Payment, settings: Any) -> None:
    client, url = client_of("view_health"), reverse("admin:backoffice_systemhealth_now")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked_of_it:
            assert client.get(url).status_code == 200
        return len(asked_of_it)

    rows.make_delivery(payment, 500, 500, 500)
    cost()
    little = cost()
    for _ in range(20):
        rows.make_delivery(payment, 500, 500, 500)

    assert cost() == little
    assert little <= 25 + len(list(periodic_tasks(settings)))
