"""Demo data: consistent, the same for the same seed, and nothing in them that a worker would act on."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from celery.app.task import Task
from django.conf import settings as hub_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from paymenthub.celery import app
from payments.domain.attempt import AttemptState
from payments.domain.rollup import Facet
from payments.management.demo_data.writing import COLUMNS
from payments.models import (
    Attempt,
    Movement,
    OperatorItem,
    OutboxEvent,
    Payment,
    PeriodicRun,
    Refund,
    Rollup,
    RollupDay,
    Subscription,
    SubscriptionPeriod,
    Transition,
)
from payments.outbound.relay import Relay
from payments.selectors import ledger
from payments.tasks.renewals import take
from payments.tasks.schedule import periodic_tasks

pytestmark = pytest.mark.django_db


def seed(payments: int = 400, **more: Any) -> str:
    told = StringIO()
    call_command("seed_demo", payments=payments, stdout=told, stderr=StringIO(), **more)
    return told.getvalue()


def test_the_ledger_proof_finds_nothing_in_demo_data():
    seed(1_500)

    portions = list(ledger.walk())

    assert sum(portion.payments for portion in portions) == 1_500
    assert [finding for portion in portions for finding in portion.findings] == []
    captured = Payment.objects.aggregate(sum=Sum("captured"))["sum"]
    assert captured == Movement.objects.filter(kind="captured").aggregate(sum=Sum("amount"))["sum"] > 0


def test_the_dashboard_knows_all_of_them_at_once():
    said = seed(300)
    seed(200, seed=2, add=True)

    counted = Rollup.objects.filter(facet=Facet.STATE)
    assert counted.aggregate(sum=Sum("counted"))["sum"] == 500
    assert counted.aggregate(sum=Sum("captured"))["sum"] == Payment.objects.aggregate(sum=Sum("captured"))["sum"]
    assert "days added up for the dashboard" in said
    assert not RollupDay.objects.filter(computed_at=None).exists()


def test_they_are_of_many_kinds():
    seed(1_500)

    def kinds(field: str) -> set[Any]:
        return set(Payment.objects.values_list(field, flat=True))

    assert kinds("currency") == {"EUR", "USD", "GBP", "JPY", "KWD"}
    assert kinds("mode") == {"test", "live"}
    assert kinds("type") == {"DIRECT", "SUBSCRIPTION", "PAY_BY_LINK"}
    assert kinds("additional_data__channel") == {"web", "app", "pos", "phone"}
    assert {"PAYMENT_EXECUTED", "PAYMENT_FAILED", "PAYMENT_EXPIRED", "TOTALLY_REFUNDED"} <= kinds("state")
    assert kinds("provider") == {"sandbox", "stripe", "paypal", "satispay"}
    assert len(kinds("project")) == 5
    assert any(not name.isascii() for name in kinds("buyer__name"))
    empty = [model.__name__ for model in COLUMNS if not model.objects.exists()]
    assert empty in ([], ["OperatorItem"])


def test_every_transition_begins_where_the_one_before_it_ended():
    seed()

    ends: dict[Any, str] = {}
    for row in Transition.objects.order_by("payment_id", "number"):
        assert row.from_state == ends.get(row.payment_id, "")
        ends[row.payment_id] = row.to_state
    assert ends == dict(Payment.objects.values_list("pk", "state"))


def test_subscriptions_have_paid_as_many_periods_as_they_say():
    seed(1_500)

    for subscription in Subscription.objects.all():
        paid = SubscriptionPeriod.objects.filter(subscription=subscription, state="paid")
        numbers = sorted(paid.values_list("number", flat=True))
        assert numbers == list(range(1, subscription.payments_made + 1))
        assert subscription.has_ended == (subscription.end_reason != "")


def test_the_same_seed_makes_the_same_payments():
    def shown() -> list[Any]:
        fields = ("id", "shop_transaction_id", "created_at", "amount", "currency", "state", "captured", "buyer")
        return list(Payment.objects.order_by("id").values_list(*fields))

    until = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)).isoformat()
    seed(200, seed=5, until=until)
    first = shown()
    with connection.cursor() as cursor:
        tables = ", ".join(model._meta.db_table for model in COLUMNS)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {tables}, payments_principal CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    seed(200, seed=5, until=until)

    assert shown() == first
    assert len(first) == 200


@pytest.mark.django_db(transaction=True)
def test_a_running_hub_leaves_demo_data_alone(settings, monkeypatch):
    # given demo data, some of it in doubt for long, in a hub that could send mails
    settings.EMAIL_HOST = "127.0.0.1"
    seed(1_500, seed=3)
    oldest = Attempt.objects.filter(state=AttemptState.SUCCEEDED).first()
    assert oldest is not None
    before, sent = _everything(), []

    def record(task: Any, args: Any = None, *_: Any, **__: Any) -> None:
        sent.append((task.name, tuple(args or ())))

    monkeypatch.setattr(Task, "apply_async", record)
    # when beat runs all of its work, and the relay hands out what is due
    app.loader.import_default_modules()
    for name, _ in periodic_tasks(hub_settings):
        app.tasks[name]()
    handed_out = Relay(send=lambda name, arguments: sent.append((name, tuple(arguments)))).tick()

    # then nobody has anything to do but to look for renewals, of which there are none
    assert {name for name, _ in sent} <= {"payments.renew_lane"}
    assert handed_out == 0
    assert take() == []
    assert _everything() == before
    assert PeriodicRun.objects.count() >= len(list(periodic_tasks(hub_settings)))


def test_production_is_refused(settings):
    settings.HUB_ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="not for production"):
        seed(1)
    assert Payment.objects.count() == 0


def test_a_second_time_is_refused_unless_it_is_to_add():
    seed(50)

    with pytest.raises(CommandError, match="--add"):
        seed(50)
    seed(50, add=True)

    assert Payment.objects.count() == 100
    assert Payment.objects.filter(shop_transaction_id__startswith="D2-").exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"payments": 0}, "--payments takes"),
        ({"until": "tomorrow"}, "a day such as"),
        ({"until": "2999-01-01"}, "lie in the past"),
    ],
)
def test_what_cannot_be_is_refused(more, says):
    with pytest.raises(CommandError, match=says):
        seed(**{"payments": 10} | more)


def _everything() -> dict[str, Any]:
    """Count all rows, and remember what could change in them."""
    rows: dict[str, Any] = {model.__name__: model.objects.count() for model in COLUMNS}
    rows["payments"] = set(Payment.objects.values_list("pk", "state", "updated_at", "expires_at"))
    rows["attempts"] = set(Attempt.objects.values_list("pk", "state", "checks", "lease_until", "next_check_at"))
    rows["refunds"] = set(Refund.objects.values_list("pk", "state"))
    rows["items"] = set(OperatorItem.objects.values_list("pk", "resolved_at"))
    rows["events"] = set(OutboxEvent.objects.values_list("pk", "published_at"))
    return rows
