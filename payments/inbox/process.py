"""Understand a notification that was verified and kept: match it, and hand its verdicts to the one door."""

import datetime as dt
import logging
import uuid

from django.conf import settings

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.attempt import ItemKind
from payments.models import InboxMessage, InboxState, OperatorItem, Source
from payments.selectors import accounts
from payments.selectors.notifications import body_of
from payments.services.operator_items import settle_item
from providers import registry
from providers.errors import WebhookRejected
from providers.types import InboundRequest, Notification

from .hand_on import Heard, NotAsked, NotYetMatched, ask_operator, hand_on

logger = logging.getLogger(__name__)

_TRIES_BEFORE_OPERATOR = 10
_FAILED = "it could not be worked on: "


def inbound(message: InboxMessage) -> InboundRequest:
    """Make the request again as it came."""
    return InboundRequest(
        method=message.method,
        body=body_of(message),
        headers=message.headers,
        query=message.query,
        received_at=message.created_at,
        path=message.path,
    )


def process(message_id: uuid.UUID) -> InboxState | None:
    """Work on one notification; None when it is done already or another worker has it."""
    with db.durable():
        message = locks.lease_inbox_message(message_id, seconds=settings.INBOX_LEASE)
    if message is None:
        return None
    try:
        state, payment_id, error = _understand(message)
    except Exception as problem:  # one that cannot be worked on is looked at again, and by a person in the end
        logger.exception("a notification could not be worked on", extra={"inbox_message": str(message.id)})
        state, payment_id, error = InboxState(message.state), None, f"{_FAILED}{type(problem).__name__}"
    _finish(message, state, payment_id, error)
    return InboxState(message.state)


def _understand(message: InboxMessage) -> tuple[InboxState, uuid.UUID | None, str]:
    account = message.provider_account
    notification = read_again(message)
    state = InboxState.DONE if notification.verdicts else InboxState.IGNORED
    payment_id: uuid.UUID | None = None
    error = ""
    heard = Heard(f"notification:{message.id}", message.event_key or str(message.id), Source.WEBHOOK)
    for verdict in notification.verdicts:
        try:
            payment_id = hand_on(account, heard, verdict, notification) or payment_id
        except NotYetMatched:
            state, error = InboxState.UNMATCHED, "no payment is known by these ids"
        except NotAsked as waiting:
            payment_id = waiting.payment_id
            if state != InboxState.UNMATCHED:
                state, error = InboxState.NEW, "the provider could not be asked yet"
    return state, payment_id, error


def read_again(message: InboxMessage) -> Notification:
    """Read it once more; it was verified when it came, perhaps under secrets that were replaced since.

    Raises `WebhookRejected` where it cannot be verified any more, and whatever a driver raises that cannot read it.
    """
    account = message.provider_account
    driver, tolerance = registry.get(account.provider), dt.timedelta(seconds=settings.WEBHOOK_TOLERANCE)
    try:
        return driver.notification(accounts.opened(account), inbound(message), tolerance)
    except WebhookRejected:
        before = accounts.opened_before(account)
        if before is None:
            raise
        return driver.notification(before, inbound(message), tolerance)


def _finish(message: InboxMessage, state: InboxState, payment_id: uuid.UUID | None, error: str) -> None:
    now, lease = clock.now(), message.lease_until
    message.state, message.error, message.lease_until = state, error, None
    message.payment_id = payment_id or message.payment_id
    if state in InboxState.waiting():
        message.next_try_at = now + dt.timedelta(seconds=min(3600, 2 ** min(message.tries, 12)))
        if state == InboxState.UNMATCHED or error.startswith(_FAILED):
            _not_understood(message, now)
    else:
        message.next_try_at, message.done_at = None, now
    _write(message, lease)
    if message.state == InboxState.DONE and message.tries >= _TRIES_BEFORE_OPERATOR:
        settle_item(
            project_id=message.project_id,
            kind=ItemKind.UNMATCHED,
            about=about_notification(message),
            by="system",
            resolution="The notification was understood in the end.",
        )


def _write(message: InboxMessage, lease: dt.datetime | None) -> None:
    """Write down how it stands; that nothing was found only while nobody else has had it since."""
    row = InboxMessage.objects.filter(pk=message.pk)
    if message.state not in (InboxState.DONE, InboxState.IGNORED):
        row = row.filter(lease_until=lease)
    row.update(
        state=message.state,
        error=message.error,
        lease_until=message.lease_until,
        payment_id=message.payment_id,
        next_try_at=message.next_try_at,
        done_at=message.done_at,
    )


def _not_understood(message: InboxMessage, now: dt.datetime) -> None:
    """Put it before a person once it was tried often, and leave it to them when its time is over."""
    if now - message.created_at >= dt.timedelta(seconds=settings.INBOX_RETRY_FOR):
        message.state, message.next_try_at = InboxState.GIVEN_UP, None
    if message.state == InboxState.GIVEN_UP or (message.tries >= _TRIES_BEFORE_OPERATOR and not _is_known(message)):
        ask_operator(
            message.provider_account,
            ItemKind.UNMATCHED,
            about_notification(message),
            "Nothing here is known by these ids. Look the payment up at the provider, then have the notification looked "
            "at again, or say that it is not ours.",
            {"type": message.event_type, "eventKey": message.event_key},
        )


def _is_known(message: InboxMessage) -> bool:
    """Tell whether a person was told before, so that an item that was resolved does not come back every hour."""
    return OperatorItem.objects.filter(
        project_id=message.project_id, kind=ItemKind.UNMATCHED, about=about_notification(message)
    ).exists()


def about_notification(message: InboxMessage) -> str:
    """Name a notification to operators, as its items do."""
    return f"notification:{message.id}"
