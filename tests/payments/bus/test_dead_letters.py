"""Hostile and broken messages: kept with the reason, never followed, in nobody's way; and taken again when told so."""

import gzip
import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from kombu import Producer

from payments.bus import intake
from payments.bus.connection import Topology
from payments.bus.consumer import Consumer
from payments.bus.dead_letters import may_be_kept
from payments.models import BusDeadLetter, BusReceipt, OrderIntent

from .broker import Broker
from .test_round_trip import AUTHORIZE, CANCELLED, CREATED, ORDER, consume, event

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "4242424242424242"


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def hostile(project):
    """What comes, and words of the reason."""
    yield b"\x00\xff\xfe", "UTF-8"
    yield b"", "not JSON"
    yield b"[1]", "JSON object"
    yield b'{"a":1,"a":2}', "twice"
    yield deep(300), "deeper"
    yield b'{"specversion":"1.0"}', "no CloudEvent"
    yield event("order-cancelled", CANCELLED, project, specversion="0.3"), "specversion"
    yield event("order-cancelled", [1], project), "data"
    yield event("order-cancelled", CANCELLED, project, id=7), "id"
    yield event("order-cancelled", CANCELLED, project, id="x" * 300), "id"
    yield event("drop-table", {}, project), "type"
    yield event("payment-succeeded", CANCELLED, project), "type"
    yield event("../../order-cancelled", CANCELLED, project, hubproject="prj_x"), "type"
    yield event("order-cancelled", {**CANCELLED, "reason": "WHY NOT"}, project), "reason: breaks the rule enum"
    yield event("order-cancelled", {"orderId": ORDER}, project), "reason, cancelledAt missing"
    yield event("order-cancelled", {**CANCELLED, "orderId": "' OR 1=1"}, project), "orderId"
    yield event("order-cancelled", {**CANCELLED, "cancelledAt": "yesterday"}, project), "cancelledAt"
    yield event("order-created", {**CREATED, "total": 12.5}, project), "total"
    yield event("authorize-payment", {**AUTHORIZE, "amount": True}, project), "amount"
    yield event("authorize-payment", {**AUTHORIZE, "amount": 10**16}, project), "amount"
    yield event("authorize-payment", {**AUTHORIZE, "currency": "ZZZ"}, project), "currency"
    yield event("authorize-payment", {**AUTHORIZE, "amont": 1}, project), "additionalProperties"
    yield event("authorize-payment", {**AUTHORIZE, "providerData": {"n": CARD}}, project), "card number"
    yield event("authorize-payment", {**AUTHORIZE, "provider": "nobody"}, project), "provider"
    yield event("order-cancelled", CANCELLED, project, hubproject=f"prj_{uuid.uuid4().hex}"), "no such project"
    yield event("order-cancelled", CANCELLED, project, hubmode="prod"), "hubmode"


def test_what_cannot_be_taken_is_kept_with_its_reason_and_the_next_one_is_taken(bus, project, account, script):
    sent = list(hostile(project))
    for body, _ in sent:
        bus.send(body)
    bus.send(event("authorize-payment", AUTHORIZE, project))

    assert consume(bus) == len(sent) + 1

    letters = list(BusDeadLetter.objects.order_by("id"))
    assert [reason for letter, (_, reason) in zip(letters, sent, strict=True) if reason not in letter.reason] == []
    assert OrderIntent.objects.count() == 1
    copies = bus.dead()
    assert [copy.headers["x-reason"] for copy in copies] == [letter.reason for letter in letters]
    assert consume(bus) == 0


def test_neither_a_token_nor_a_card_number_is_kept_in_any_form(redis_bus, project, account, script):
    redis_bus.send(event("authorize-payment", {**AUTHORIZE, "provider": "nobody"}, project))
    redis_bus.send(event("authorize-payment", {**AUTHORIZE, "currency": "ZZZ"}, project))
    redis_bus.send(f'{{"pan": "{CARD}"'.encode())
    redis_bus.send(b'{"provider\\u0044ata": {"token": "x"}}')
    consume(redis_bus)

    assert list(BusDeadLetter.objects.values_list("body_sealed", flat=True)) == [""] * 4
    assert [copy.body for copy in redis_bus.dead()] == [b""] * 4
    kept = json.dumps([*BusDeadLetter.objects.values("headers", "reason")])
    assert (CARD in kept, "tok_visa" in kept) == (False, False)
    assert may_be_kept(b"not json at all") is True


def test_too_long_a_message_is_refused_unread(redis_bus, project, settings):
    redis_bus.send(b"x" * (settings.EVENT_BUS_MAX_BYTES + 1))
    consume(redis_bus)
    assert "bytes at most" in BusDeadLetter.objects.get().reason


def test_a_compressed_message_is_not_opened(bus, project, settings):
    with bus.bus.channel() as channel:
        Topology().command_queue()(channel).declare()
        Producer(channel).publish(
            gzip.compress(b"0" * 50_000_000),
            exchange="",
            routing_key=settings.EVENT_BUS_COMMAND_QUEUE,
            content_type="application/json",
            content_encoding="binary",
            headers={"compression": "application/x-gzip"},
        )
    consume(bus)
    assert BusDeadLetter.objects.get().size < 100_000


def test_the_same_id_with_other_content_is_refused(bus, project, account, script):
    bus.send(event("order-cancelled", CANCELLED, project, id="same"))
    bus.send(event("order-cancelled", {**CANCELLED, "reason": "FRAUD"}, project, id="same"))
    consume(bus)
    assert (BusReceipt.objects.count(), "had the same" in BusDeadLetter.objects.get().reason) == (1, True)


def test_what_is_no_message_of_the_library_is_put_aside(redis_bus, project, account, script, settings):
    queue = settings.EVENT_BUS_COMMAND_QUEUE
    odd = [b"garbage", b"{}", b'{"properties": []}', b'{"properties": {"delivery_tag": 1}}']
    strange = {"body": "%", "headers": [1], "properties": {"delivery_tag": "t", "body_encoding": "x"}}
    strange["properties"]["delivery_info"] = {"exchange": "", "routing_key": queue}
    with redis_bus.bus.channel() as channel:
        for each in (*odd, json.dumps(strange)):
            channel.client.lpush(queue, each)
        redis_bus.send(event("authorize-payment", AUTHORIZE, project))
        assert consume(redis_bus) == 2
        assert channel.client.lrange(f"{queue}.unreadable", 0, -1) == odd[::-1]
        channel.client.delete(f"{queue}.unreadable")
    assert (OrderIntent.objects.count(), BusDeadLetter.objects.get().reason) == (1, "The body is not JSON.")


def test_a_message_that_the_code_trips_over_stops_no_other(redis_bus, project, account, script, monkeypatch):
    def trip(*_):
        raise ZeroDivisionError

    redis_bus.send(event("order-cancelled", CANCELLED, project))
    redis_bus.send(event("authorize-payment", AUTHORIZE, project))
    with monkeypatch.context() as patch:
        patch.setattr(intake, "_news", trip)
        assert consume(redis_bus) == 2
    assert (BusDeadLetter.objects.get().reason, OrderIntent.objects.count()) == (
        "It could not be worked on: ZeroDivisionError.",
        1,
    )


class TestReplaying:
    @pytest.fixture
    def letter(self, redis_bus: Broker, project, account, script, settings) -> BusDeadLetter:
        """A message without a project, which a setting would have named."""
        redis_bus.send(event("order-cancelled", CANCELLED, project, hubproject="", hubmode=""))
        Consumer().drain_once(redis_bus.bus)
        return BusDeadLetter.objects.get()

    def test_one_is_listed_and_taken_again_once_its_cause_is_mended(self, letter, project, settings):
        said = StringIO()
        call_command("bus_dead_letters", "list", stdout=said)
        assert str(letter.id) in said.getvalue()
        assert "no project and mode" in said.getvalue()

        settings.EVENT_BUS_PROJECT, settings.EVENT_BUS_MODE = f"prj_{project.id.hex}", "test"
        call_command("bus_dead_letters", "replay", str(letter.id), stdout=StringIO())

        letter.refresh_from_db()
        assert (letter.replayed_at is None, BusReceipt.objects.get().type) == (False, "order-cancelled")
        with pytest.raises(CommandError):
            call_command("bus_dead_letters", "replay", str(letter.id), stdout=StringIO())
        assert BusReceipt.objects.count() == 1

    def test_one_whose_cause_is_not_mended_stays(self, letter):
        with pytest.raises(CommandError, match="1 of 1 stay"):
            call_command("bus_dead_letters", "replay", "all", stdout=StringIO())
        assert BusDeadLetter.objects.get().replayed_at is None
