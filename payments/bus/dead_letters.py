"""What cannot be taken: kept with the reason, copied to the dead-letter queue, and taken again when somebody says so."""

import hashlib
import json
import logging
from typing import Any

from django.db import transaction

from paymenthub.kernel import clock, db
from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.crypto import SealBroken
from payments.models import BusDeadLetter
from payments.selectors.keyring import ring

from .envelope import Unreadable
from .intake import SECRET, Delivery, Refused, take

logger = logging.getLogger(__name__)

_LONGEST_HEADER = 500
_KEPT_HEADERS = ("type", "id", "source", "hubproject", "hubmode", "message_id")


class NotReplayable(Exception):
    """A dead letter cannot be taken again; the text says why."""


def keep(delivery: Delivery, *, queue: str, reason: str) -> BusDeadLetter:
    """Keep a message with the reason; one that is delivered again is the same dead letter.

    A body that holds providerData, or what looks like a card number, is not kept: such a message must be sent again by
    its sender. Bodies are sealed.
    """
    digest = hashlib.sha256(delivery.body).hexdigest()
    letter = BusDeadLetter(
        queue=queue,
        type=_type_of(delivery),
        reason=reason[:500],
        headers={
            **_plain({**delivery.properties, **delivery.headers}),
            "routing_key": delivery.routing_key[:_LONGEST_HEADER],
        },
        size=len(delivery.body),
        digest=digest,
    )
    if may_be_kept(delivery.body):
        letter.body_sealed = ring().seal(delivery.body, context=_context(letter))
    with transaction.atomic():
        BusDeadLetter.objects.bulk_create([letter], ignore_conflicts=True)  # waits once, by its unique constraint
        return BusDeadLetter.objects.get(digest=digest, replayed_at=None)


def may_be_kept(body: bytes) -> bool:
    """Tell whether a body holds nothing that may lie nowhere; in doubt, not."""
    try:
        text = body.decode()
        # Written with escapes, a name reads the same only once it is read as JSON.
        text = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body.decode(errors="replace")
    return len(body) <= 1_048_576 and SECRET not in text and not contains_card_number(text)


def replay(letter_id: Any) -> str:
    """Take a dead letter again, as it came; return what came of it. Raises `NotReplayable`, and what `take` raises:
    then it stays, with the new reason."""
    letter = BusDeadLetter.objects.get(pk=letter_id)
    if letter.replayed_at is not None:
        raise NotReplayable("It was replayed before.")
    if not letter.body_sealed:
        raise NotReplayable("Its body was not kept (providerData, or too long): its sender must send it again.")
    try:
        body = ring().open(letter.body_sealed, context=_context(letter))
    except SealBroken as error:
        raise NotReplayable(f"Its body cannot be opened: {error}") from error
    properties = {"message_id": letter.headers.get("message_id", ""), "type": letter.headers.get("type", "")}
    try:
        outcome = take(Delivery(body, letter.headers, properties, str(letter.headers.get("routing_key", ""))))
    except (Unreadable, Refused) as error:
        BusDeadLetter.objects.filter(pk=letter.pk).update(reason=str(error)[:500])
        raise
    with db.durable():
        BusDeadLetter.objects.filter(pk=letter.pk).update(replayed_at=clock.now())
    return outcome or "It was taken before."


def _context(letter: BusDeadLetter) -> bytes:
    return b"bus-dead-letter:" + letter.id.bytes


def _type_of(delivery: Delivery) -> str:
    named = delivery.headers.get("type") or delivery.properties.get("type") or delivery.routing_key
    return named[:128] if isinstance(named, str) and named.isprintable() else ""


def _plain(headers: Any) -> dict[str, str]:
    """Keep what names a message; other headers are nobody's business."""
    return {
        name: headers[name][:_LONGEST_HEADER]
        for name in _KEPT_HEADERS
        if isinstance(headers.get(name), str) and headers[name].isprintable()
    }
