"""docs/asyncapi.json is what the code makes, valid by the official schema, and says what really goes over the bus."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft7Validator

from paymenthub.kernel.money import Money
from payments.bus import schemas
from payments.bus.asyncapi import document
from payments.bus.envelope import render
from payments.models import BusMessage
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from providers.types import Outcome
from tests import factories, scripted
from tests.scripted import payment

OFFICIAL = json.loads(Path(__file__).with_name("asyncapi-3.0.0.json").read_text(encoding="utf-8"))
REQUIRED = {
    "payment-requested": {"paymentId", "orderId", "amount", "currency", "requestedAt"},
    "payment-succeeded": {"paymentId", "orderId", "amount", "currency", "succeededAt"},
    "payment-failed": {"paymentId", "orderId", "reason", "failedAt"},
    "refund-requested": {"refundId", "paymentId", "amount", "currency", "requestedAt"},
    "refund-processed": {"refundId", "paymentId", "amount", "currency", "processedAt"},
    "authorize-payment": {"cartId", "amount", "currency"},
    "order-created": {"orderId", "customerId", "total", "currency", "status", "items", "createdAt"},
    "order-confirmed": {"orderId", "customerId", "confirmationNumber", "total", "currency", "confirmedAt"},
    "order-completed": {"orderId", "customerId", "completedAt"},
    "order-cancelled": {"orderId", "reason", "cancelledAt"},
    "fraud-check-passed": {"paymentId", "orderId", "checkedAt"},
    "fraud-check-failed": {"paymentId", "orderId", "reason", "checkedAt"},
}
"""The catalog's own words: what its schemas require."""


def problems(made: object) -> list[str]:
    return [error.message for error in Draft7Validator(OFFICIAL).iter_errors(made)]


def test_the_committed_document_is_current(tmp_path, settings):
    call_command("asyncapi", "--check")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="is stale"):
        call_command("asyncapi", "--check")


def test_it_is_valid_by_the_official_schema_which_would_say_where_it_is_not():
    assert problems(document()) == []
    assert problems(document() | {"operations": {"x": {"action": "shout"}}}) != []


def test_every_reference_in_it_leads_somewhere():
    made = document()

    def follow(found: object) -> None:
        if isinstance(found, dict):
            if isinstance(found.get("$ref"), str):
                place: object = made
                for part in found["$ref"].removeprefix("#/").split("/"):
                    assert isinstance(place, dict)
                    place = place[part]
            for item in found.values():
                follow(item)
        elif isinstance(found, list):
            for item in found:
                follow(item)

    follow(made)


@pytest.mark.parametrize("name", schemas.OUTGOING + schemas.INCOMING)
def test_each_message_requires_exactly_what_the_catalog_does(name):
    found = schemas.schema(name)
    Draft7Validator.check_schema(found)
    if name in REQUIRED:
        assert set(found["required"]) == REQUIRED[name]
    assert set(found["required"]) <= set(found["properties"])


@pytest.mark.django_db(transaction=True)
def test_what_is_really_sent_fits_the_document(project, account, script, settings):
    settings.EVENT_BUS_ENABLED = True
    script.pay = [payment(Outcome.SUCCEEDED), payment(Outcome.DECLINED)]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 100), scripted.refund(Outcome.DECLINED, 200, id="ref_2")]
    row = pay(factories.pay_command(project)).payment
    pay(factories.pay_command(project))
    for amount in (100, 200):
        refund(RefundCommand(row, Money(amount, "EUR"), reason="returned"), By())
    made = document()

    rows = list(BusMessage.objects.all())

    assert {each.type for each in rows} == set(schemas.OUTGOING)
    for each in rows:
        described = made["components"]["messages"][each.type]["payload"]["schema"]
        validator = Draft7Validator({**described, "components": made["components"]})
        assert [error.message for error in validator.iter_errors(json.loads(render(each)))] == []
        assert schemas.problem(each.type, each.data) == ""
