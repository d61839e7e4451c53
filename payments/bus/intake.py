"""Take one message in: understand it, note its id and do what it says in one transaction.

Whoever dies before the commit has done nothing, and the message comes again; whoever dies after it finds the id noted.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from paymenthub.kernel import db, ids
from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.errors import Conflict, InvalidField
from paymenthub.kernel.money import MAX_AMOUNT, Money, is_currency
from payments.models import BusReceipt, BusState, Mode, Project
from payments.models.merchant import Standing
from payments.services.authorize_order import AuthorizeCommand, prepared, write_down
from payments.services.order_news import find_intent, order_of, take_in

from . import schemas
from .envelope import Envelope, Unreadable, read
from .retry import next_look

AUTHORIZE = "authorize-payment"
SECRET = "providerData"  # noqa: S105 - a field's name
_PROVIDER_DATA_BYTES = 64 * 1024


class Refused(Exception):
    """A message was understood and cannot be followed; the text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker gave it."""

    body: bytes = field(repr=False)
    headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    routing_key: str = ""


def take(delivery: Delivery) -> str:
    """Take a message in once; return what came of it, nothing for one that was taken before.

    Raises `Unreadable` or `Refused` for a dead letter, and what the database raises, or Busy, for one to come again.
    """
    if len(delivery.body) > settings.EVENT_BUS_MAX_BYTES:
        raise Unreadable(f"The message may have {settings.EVENT_BUS_MAX_BYTES} bytes at most.")
    envelope = read(
        delivery.body,
        headers=delivery.headers,
        properties=delivery.properties,
        routing_key=delivery.routing_key,
    )
    type_ = envelope.type.rpartition(".")[2]
    if type_ not in schemas.INCOMING:
        raise Unreadable("type: no message that is read here has this name.")
    wrong = schemas.problem(type_, envelope.data)
    if wrong:
        raise Unreadable(wrong)
    project, mode = _whose(envelope)
    receipt = _receipt(envelope, type_, project, mode)
    if type_ == AUTHORIZE:
        return _authorize(receipt, _command(envelope.data, project, mode))
    return db.retry_serialization(lambda: _news(receipt))


def _whose(envelope: Envelope) -> tuple[Project, str]:
    project_id = ids.parse_public_id(ids.PROJECT, envelope.project or settings.EVENT_BUS_PROJECT)
    mode = envelope.mode or settings.EVENT_BUS_MODE
    if project_id is None or mode not in Mode.values:
        raise Unreadable("hubproject, hubmode: the message names no project and mode, and there is no default.")
    project = Project.objects.filter(pk=project_id, standing=Standing.ACTIVE).first()
    if project is None:
        raise Unreadable("hubproject: there is no such project.")
    return project, mode


def _receipt(envelope: Envelope, type_: str, project: Project, mode: str) -> BusReceipt:
    kept = {name: value for name, value in envelope.data.items() if name != SECRET}
    content = json.dumps([type_, kept], sort_keys=True, ensure_ascii=False).encode()
    return BusReceipt(
        project=project,
        mode=mode,
        source=envelope.source,
        message_id=envelope.id,
        digest=hashlib.sha256(content).hexdigest(),
        type=type_,
        data=kept,
        order_id=order_of(kept),
        state=BusState.DONE,
    )


def _is_new(receipt: BusReceipt) -> bool:
    """Note the message's id; False where it was taken before. Waits for another one who takes it at this moment."""
    receipt.id = ids.new_uuid()
    BusReceipt.objects.bulk_create([receipt], ignore_conflicts=True)  # its unique constraint decides
    first = BusReceipt.objects.get(
        project_id=receipt.project_id, mode=receipt.mode, source=receipt.source, message_id=receipt.message_id
    )
    if first.id != receipt.id and first.digest != receipt.digest:
        raise Refused("id: another message of this source had the same one.")
    return first.id == receipt.id


def _news(receipt: BusReceipt) -> str:
    with db.durable():
        if not _is_new(receipt):
            return ""
        intent = find_intent(project_id=receipt.project_id, mode=receipt.mode, data=receipt.data)
        if intent is None:
            # It may have overtaken the order: looked at again, first when that comes.
            receipt.state, receipt.next_try_at, outcome = BusState.WAITING, next_look(0), "No such order yet."
        else:
            receipt.intent = intent
            outcome = take_in(intent.id, type=receipt.type, data=receipt.data)
        return _done(receipt, outcome)


def _authorize(receipt: BusReceipt, command: AuthorizeCommand) -> str:
    def once() -> str:
        with db.durable():
            if not _is_new(receipt):
                return ""
            made = write_down(command, intent)
            receipt.intent = made.intent
            return _done(receipt, "As before." if made.replayed else "Authorisation written down.")

    try:
        with prepared(command) as intent:
            return db.retry_serialization(once)
    except (Conflict, InvalidField) as error:
        raise Refused(f"{error.param or 'data'}: {error.message}") from error


def _done(receipt: BusReceipt, outcome: str) -> str:
    receipt.outcome = outcome[:255]
    receipt.save(update_fields=["state", "next_try_at", "intent", "outcome"])
    return outcome


def _command(data: Mapping[str, Any], project: Project, mode: str) -> AuthorizeCommand:
    if not is_currency(data["currency"]) or data["amount"] > MAX_AMOUNT:
        raise Unreadable("amount, currency: not an amount of a known currency.")
    token = data.get(SECRET, {})
    text = json.dumps(token, ensure_ascii=False)
    if len(text.encode()) > _PROVIDER_DATA_BYTES:
        raise Unreadable(f"{SECRET}: at most {_PROVIDER_DATA_BYTES} bytes of JSON.")
    if contains_card_number(text):
        raise Unreadable(f"{SECRET}: this looks like a card number. Card data must never be sent here.")
    return AuthorizeCommand(
        project=project,
        mode=mode,
        cart_id=uuid.UUID(data["cartId"]),
        money=Money(data["amount"], data["currency"]),
        customer_id=uuid.UUID(data["customerId"]) if "customerId" in data else None,
        order_id=order_of(data),
        provider=data.get("provider", ""),
        method=data.get("paymentMethod", ""),
        provider_data=token,
    )
