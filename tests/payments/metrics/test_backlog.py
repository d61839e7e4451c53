"""Gauges of what waits: from the database, at the moment of the scrape."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from prometheus_client import CollectorRegistry, generate_latest

from paymenthub.kernel import clock
from payments.domain.attempt import AttemptState, ItemKind
from payments.metrics import backlog
from payments.metrics.backlog import Backlog
from payments.models import (
    Attempt,
    Delivery,
    InboxMessage,
    InboxState,
    OperatorItem,
    OutboxEvent,
    Payment,
    SagaCommand,
)
from payments.services.pay import pay
from providers.errors import OutcomeUnknown
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

from .page import Page

pytestmark = pytest.mark.django_db(transaction=True)
FIVE_MINUTES = dt.timedelta(minutes=5)


def scrape(read=lambda: backlog.read(connection)) -> Page:
    registry = CollectorRegistry()
    registry.register(Backlog(read))
    return Page(generate_latest(registry).decode())


def old(model) -> None:
    model.objects.update(created_at=clock.now() - FIVE_MINUTES)


@pytest.fixture
def in_doubt(project, account, script) -> Payment:
    script.pay = [OutcomeUnknown("timeout")]
    return pay(factories.pay_command(project)).payment


def test_an_empty_hub_says_zero_everywhere(db):
    page = scrape()
    assert page.value("paymenthub_database_up") == 1
    for what in backlog.GAUGES:
        labels = [{"kind": kind.value} for kind in ItemKind] if what == "operator_items_open" else [{}]
        assert [page.value(f"paymenthub_{what}", **each) for each in labels] == [0] * len(labels)
    for what in backlog.AGED:
        assert page.value(f"paymenthub_{what}_oldest_seconds") == 0


def test_an_attempt_in_doubt_is_undecided_too(in_doubt, project, script):
    script.pay = [payment(Outcome.PENDING, id="psp_2")]
    pay(factories.pay_command(project))
    script.pay = [payment(Outcome.SUCCEEDED, id="psp_3")]
    pay(factories.pay_command(project))

    page = scrape()

    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["PENDING", "SUCCEEDED", "UNKNOWN"]
    assert page.value("paymenthub_attempts_in_doubt") == 1
    assert page.value("paymenthub_attempts_undecided") == 2


@pytest.mark.parametrize("state", list(AttemptState))
def test_every_state_of_an_attempt_is_on_one_side(in_doubt, state):
    Attempt.objects.update(state=state)
    undecided = state in {"READY", "OPEN", "PENDING", "UNKNOWN"}
    assert scrape().value("paymenthub_attempts_undecided") == int(undecided)
    assert scrape().value("paymenthub_attempts_in_doubt") == int(state == "UNKNOWN")


@pytest.mark.parametrize("state", list(InboxState))
def test_notifications_wait_until_they_are_understood(account, project, state):
    InboxMessage.objects.create(
        project=project, provider_account=account, body=b"{}", body_digest="d", method="POST", state=state
    )
    old(InboxMessage)
    page, waits = scrape(), state in {"new", "unmatched"}
    assert page.value("paymenthub_inbox_waiting") == int(waits)
    assert page.value("paymenthub_inbox_waiting_oldest_seconds") == pytest.approx(300 if waits else 0, abs=20)


def test_events_wait_until_they_are_published_and_callbacks_until_they_are_delivered(in_doubt, project):
    OutboxEvent.objects.all().delete()
    event = OutboxEvent.objects.create(
        project=project, payment=in_doubt, mode="test", sequence=99, type="payment.checked", body={}
    )
    Delivery.objects.create(project=project, event=event, url="https://shop.test/a")
    Delivery.objects.create(project=project, event=event, url="https://shop.test/b", state="delivered")
    old(OutboxEvent)
    old(Delivery)

    page = scrape()
    assert page.value("paymenthub_outbox_unpublished") == 1
    assert page.value("paymenthub_outbox_unpublished_oldest_seconds") == pytest.approx(300, abs=20)
    assert page.value("paymenthub_deliveries_due") == 1
    assert page.value("paymenthub_deliveries_due_oldest_seconds") == pytest.approx(300, abs=20)

    OutboxEvent.objects.update(published_at=clock.now())
    Delivery.objects.update(state="given_up")
    page = scrape()
    assert (page.value("paymenthub_outbox_unpublished"), page.value("paymenthub_deliveries_due")) == (0, 0)


def test_steps_wait_until_they_are_carried_out_or_given_up(in_doubt, project):
    for position, state in enumerate(["due", "due", "done", "failed"]):
        SagaCommand.objects.create(
            project=project, payment=in_doubt, transition_number=9, position=position, is_side_effect=True, state=state
        )
    old(SagaCommand)

    page = scrape()
    assert page.value("paymenthub_saga_commands_due") == 2
    assert page.value("paymenthub_saga_commands_due_oldest_seconds") == pytest.approx(300, abs=20)
    assert page.value("paymenthub_saga_commands_failed") == 1


def test_open_operator_items_are_told_by_kind(project):
    for kind, about in ((ItemKind.CHARGEBACK, "a"), (ItemKind.CHARGEBACK, "b"), (ItemKind.REJECTED, "c")):
        OperatorItem.objects.create(project=project, kind=kind, about=about, next_step="look")
    OperatorItem.objects.filter(about="b").update(resolved_at=clock.now())

    page = scrape()
    assert page.value("paymenthub_operator_items_open", kind="chargeback") == 1
    assert page.value("paymenthub_operator_items_open", kind="rejected") == 1
    assert len(page.labels("paymenthub_operator_items_open")) == len(ItemKind)


def test_the_cost_follows_the_backlog_since_only_partial_indexes_are_read(db):
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN {backlog.STATEMENT}")
            plan = "\n".join(row[0] for row in cursor)
        finally:
            cursor.execute("RESET enable_seqscan")
    for index in (
        "attempt_due",
        "inbox_due",
        "outbox_unpublished",
        "delivery_due",
        "saga_command_due",
        "operator_item_open_once",
    ):
        assert index in plan
    assert "Seq Scan" not in plan


def test_a_database_that_does_not_answer_costs_the_gauges_and_not_the_scrape(caplog):
    def fail() -> list[backlog.Row]:
        raise OperationalError("connection refused at secret-host")

    page = scrape(fail)

    assert page.value("paymenthub_database_up") == 0
    assert [sample.name for sample in page.samples] == ["paymenthub_database_up"]
    assert [record.cause for record in caplog.records] == ["OperationalError"]
    assert "secret-host" not in caplog.text


def test_a_scrape_reads_over_a_connection_of_its_own_and_closes_it(in_doubt, monkeypatch):
    own = backlog._own_connection()
    monkeypatch.setattr(backlog, "_own_connection", lambda: own)
    assert own is not connection
    assert ("attempts_in_doubt", "", 1, None) in backlog.read()
    assert own.connection is None


def test_a_scrape_waits_for_no_slow_database(monkeypatch):
    monkeypatch.setattr(backlog, "STATEMENT", "SELECT pg_sleep(30)")
    monkeypatch.setattr(backlog, "_MILLISECONDS_TO_ANSWER", 50)
    with pytest.raises(OperationalError, match="statement timeout"):
        backlog.read()
