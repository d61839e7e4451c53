"""Keep a verified notification, once."""

import datetime as dt
import hashlib
import json

from django.db import IntegrityError

from paymenthub.kernel import clock, db, ids
from payments import locks
from payments.domain.attempt import ItemKind
from payments.models import InboxMessage, InboxState, OperatorItem, ProviderAccount
from payments.selectors.notifications import sealed_body
from providers.types import InboundRequest, Notification


def keep(account: ProviderAccount, request: InboundRequest, notification: Notification) -> InboxMessage | None:
    """Store it; None when the same event is stored already. The same event key with other content is kept beside the
    first one, for an operator: it is never applied by itself.

    A hint (without an event key) is never one that came before, whatever its body: only while one about the same ids
    waits for a worker it is kept no second time, since the provider is asked after both.
    """
    digest = hashlib.sha256(request.body).hexdigest()
    message = _message(account, request, notification, digest)
    if not notification.key:
        return _keep_hint(message, notification)
    try:
        with db.durable():
            message.save(force_insert=True)
    except IntegrityError:
        first = InboxMessage.objects.get(provider_account=account, event_key=notification.key)
        if first.body_digest != digest:
            _keep_conflict(account, first, _message(account, request, notification, digest))
        return None
    return message


def _keep_hint(message: InboxMessage, notification: Notification) -> InboxMessage | None:
    named = sorted(
        {
            (kind, value)
            for verdict in notification.verdicts
            for kind, value in (
                ("attempt", verdict.attempt_reference),
                *((reference.kind, reference.value) for reference in (*verdict.references, *verdict.parent)),
            )
            if value
        }
    )
    if named:
        # Whoever takes it to work on it takes the key off (payments/locks.py).
        message.event_key = locks.HINT + hashlib.sha256(json.dumps(named).encode()).hexdigest()
    try:
        with db.durable():
            message.save(force_insert=True)
    except IntegrityError:
        if not named:
            raise
        return None
    return message


def _message(
    account: ProviderAccount, request: InboundRequest, notification: Notification, digest: str
) -> InboxMessage:
    message_id = ids.new_uuid()
    return InboxMessage(
        id=message_id,
        project_id=account.project_id,
        provider_account=account,
        event_key=notification.key,
        event_type=notification.type[:128],
        body=sealed_body(message_id, request.body),
        body_digest=digest,
        headers=dict(request.headers),
        query=dict(request.query),
        method=request.method,
        path=request.path,
        created_at=request.received_at,
        # A worker is woken at once; the relay looks after it where that did not work.
        next_try_at=clock.now() + dt.timedelta(seconds=5),
    )


def _keep_conflict(account: ProviderAccount, first: InboxMessage, message: InboxMessage) -> None:
    message.event_key = f"{message.event_key[:180]}#{message.body_digest[:24]}"
    message.state, message.next_try_at = InboxState.CONFLICT, None
    item = OperatorItem(
        project_id=account.project_id,
        kind=ItemKind.CONFLICT,
        about=f"notification:{first.id}",
        next_step="The provider sent one event with two contents. The first was applied. Compare both with the provider.",
        evidence={"first": str(first.id), "second": str(message.id), "eventKey": first.event_key},
    )
    with db.durable():
        InboxMessage.objects.bulk_create([message], ignore_conflicts=True)  # the same conflict again is one
        OperatorItem.objects.bulk_create([item], ignore_conflicts=True)
