"""Understand a notification that was verified and kept: match it, and hand its verdicts to the one door."""

import datetime as dt
import logging
import uuid

from django.conf import settings

from paymenthub.kernel import clock, db
from payments import locks
from payments.attempts import others, reconcile
from payments.attempts.others import NotYetMatched
from payments.domain.attempt import AttemptKind, ItemKind
from payments.models import InboxMessage, InboxState, OperatorItem, ProviderAccount, Source
from payments.selectors import accounts
from payments.selectors.attempts import match, paying_attempt
from payments.verdicts.apply import Told, apply
from providers import registry
from providers.types import InboundRequest, Subject, Verdict

logger = logging.getLogger(__name__)

_TRIES_BEFORE_OPERATOR = 10
_PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE)


def inbound(message: InboxMessage) -> InboundRequest:
    """Make the request again as it came."""
    return InboundRequest(
        method=message.method,
        body=bytes(message.body),
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
    account = message.provider_account
    driver = registry.get(account.provider)
    notification = driver.notification(
        accounts.opened(account), inbound(message), dt.timedelta(seconds=settings.WEBHOOK_TOLERANCE)
    )
    state, payment_id, error = InboxState.DONE if notification.verdicts else InboxState.IGNORED, None, ""
    for verdict in notification.verdicts:
        try:
            payment_id = _one(account, message, verdict, reread=notification.reread) or payment_id
        except NotYetMatched:
            state, error = InboxState.UNMATCHED, "no payment is known by these ids"
    _finish(message, state, payment_id, error)
    return state


def _one(account: ProviderAccount, message: InboxMessage, verdict: Verdict, *, reread: bool) -> uuid.UUID | None:
    if (verdict.account and account.external_id and verdict.account != account.external_id) or (
        verdict.live is not None and verdict.live != (account.mode == "live")
    ):
        _ask_operator(
            account,
            ItemKind.ACCOUNT_MISMATCH,
            message,
            "The notification is signed, but speaks of another account or of the other mode. Check the account's settings.",
        )
        return None
    attempt = match(account, verdict)
    if attempt is None:
        raise NotYetMatched
    told = Told(Source.WEBHOOK, evidence=message.event_key or str(message.id))
    if verdict.subject in (Subject.CAPTURE, Subject.REFUND, Subject.CHARGEBACK):
        others.route(account, attempt, verdict, told)
    elif reread:
        reconcile.check(attempt.id, source=Source.WEBHOOK, evidence=told.evidence, hints=verdict.references)
    elif verdict.subject is Subject.PAYMENT:
        paying = attempt if attempt.kind in _PAYING else paying_attempt(attempt.payment_id)
        if paying is not None:
            apply(payment_id=paying.payment_id, attempt_id=paying.id, news=verdict, told=told)
    else:
        logger.warning("a notification about something this hub did not ask for", extra={"kind": verdict.subject.value})
    return attempt.payment_id


def _finish(message: InboxMessage, state: InboxState, payment_id: uuid.UUID | None, error: str) -> None:
    now = clock.now()
    message.state, message.error, message.lease_until = state, error, None
    message.payment_id = payment_id or message.payment_id
    if state == InboxState.UNMATCHED:
        message.next_try_at = now + dt.timedelta(seconds=min(3600, 2**message.tries))
        if message.tries >= _TRIES_BEFORE_OPERATOR:
            _ask_operator(
                message.provider_account,
                ItemKind.UNMATCHED,
                message,
                "Nothing here is known by these ids. Look the payment up at the provider; it is tried again every hour.",
            )
    else:
        message.next_try_at, message.done_at = None, now
    message.save(update_fields=["state", "error", "lease_until", "payment", "next_try_at", "done_at"])


def _ask_operator(account: ProviderAccount, kind: ItemKind, message: InboxMessage, next_step: str) -> None:
    item = OperatorItem(
        project_id=account.project_id,
        kind=kind,
        about=f"notification:{message.id}",
        next_step=next_step,
        evidence={"account": str(account), "type": message.event_type, "eventKey": message.event_key},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # open once, by its unique constraint
