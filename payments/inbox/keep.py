"""Keep a verified notification, once."""

import datetime as dt
import hashlib

from django.db import IntegrityError

from paymenthub.kernel import clock, db
from payments.domain.attempt import ItemKind
from payments.models import InboxMessage, InboxState, OperatorItem, ProviderAccount
from providers.types import InboundRequest, Notification

_KEPT_HEADERS = 40


def keep(account: ProviderAccount, request: InboundRequest, notification: Notification) -> InboxMessage | None:
    """Store it; None when the same event is stored already. The same event key with other content is kept beside the
    first one, for an operator: it is never applied by itself."""
    digest = hashlib.sha256(request.body).hexdigest()
    message = _message(account, request, notification, digest)
    try:
        with db.durable():
            message.save(force_insert=True)
    except IntegrityError:
        first = InboxMessage.objects.get(provider_account=account, event_key=notification.key)
        if first.body_digest != digest:
            _keep_conflict(account, first, _message(account, request, notification, digest))
        return None
    return message


def _message(
    account: ProviderAccount, request: InboundRequest, notification: Notification, digest: str
) -> InboxMessage:
    return InboxMessage(
        project_id=account.project_id,
        provider_account=account,
        event_key=notification.key,
        event_type=notification.type[:128],
        body=request.body,
        body_digest=digest,
        headers=dict(list(request.headers.items())[:_KEPT_HEADERS]),
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
