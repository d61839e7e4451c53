"""Callbacks that are sent again."""

from datetime import UTC, datetime, timedelta

import pytest

from paymenthub.kernel import clock
from payments.models import DeliveryState
from payments.outbound._claims import claim_delivery
from payments.outbound.deliver import deliver
from payments.outbound.replay import replay_deliveries, replay_given_up, replay_range
from tests.payments.outbound.rows import make_delivery, make_event, make_payment, make_project

pytestmark = pytest.mark.django_db


def given_up(url, **over):
    return make_delivery(url, state=DeliveryState.GIVEN_UP, next_try_at=None, tries=3, **over)


def test_a_replay_is_a_new_try_of_the_same_delivery_with_the_same_id(receiver):
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    assert replay_deliveries(delivery_ids=[delivery.pk]) == 1
    assert deliver(delivery.pk).number == 2
    first, second = receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_what_was_given_up_goes_out_again(receiver):
    project = make_project()
    delivery = given_up(receiver.url, event=make_event(make_payment(project)))
    foreign = given_up(receiver.url)
    assert replay_given_up(project_id=project.pk, mode="test") == 1
    assert deliver(delivery.pk).status == 200
    foreign.refresh_from_db()
    assert foreign.state == DeliveryState.GIVEN_UP


def test_a_range_takes_its_begin_and_not_its_end():
    project = make_project()
    payment = make_payment(project)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = [
        given_up("https://a.example/", event=make_event(payment, created_at=noon + timedelta(hours=hours)))
        for hours in (-1, 0, 1, 2)
    ]
    assert replay_range(project_id=project.pk, mode="live", since=noon, until=noon + timedelta(days=1)) == 0
    assert replay_range(project_id=project.pk, mode="test", since=noon, until=noon + timedelta(hours=2)) == 2
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["given_up", "due", "due", "given_up"]


def test_a_callback_that_is_being_sent_is_left_alone():
    delivery = make_delivery("https://a.example/")
    claim_delivery(delivery.pk, now=clock.now(), lease_seconds=100)
    delivery.refresh_from_db()
    before = delivery.next_try_at
    assert replay_deliveries(delivery_ids=[delivery.pk]) == 0
    delivery.refresh_from_db()
    assert delivery.next_try_at == before


def test_a_waiting_callback_is_brought_forward(receiver):
    receiver.status = 500
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    receiver.status = 200
    assert replay_deliveries(delivery_ids=[delivery.pk]) == 1
    assert deliver(delivery.pk).status == 200


def test_a_failed_replay_of_an_old_event_goes_back_to_what_it_was(receiver, settings):
    settings.CALLBACK_RETRY_FOR = 60
    receiver.status = 500
    old = clock.now() - timedelta(days=1)
    payment = make_payment(make_project())
    had = make_delivery(
        receiver.url, event=make_event(payment, created_at=old), state="delivered", next_try_at=None, delivered_at=old
    )
    never = given_up(receiver.url, event=make_event(payment, created_at=old))
    assert replay_deliveries(delivery_ids=[had.pk, never.pk]) == 2
    for delivery, state in ((had, DeliveryState.DELIVERED), (never, DeliveryState.GIVEN_UP)):
        deliver(delivery.pk)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.next_try_at) == (state, None)
