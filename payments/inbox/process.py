"""Understand a notification that was verified and kept: match it, and hand its verdicts to the one door."""

import datetime as dt
import logging
import uuid

from django.conf import settings

from paymenthub.kernel import clock, db
from payments import locks
from payments.attempts import others, reconcile
from payments.attempts.others import NotYetMatched
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, AttemptKind, ItemKind
from payments.models import Attempt, InboxMessage, InboxState, OperatorItem, ProviderAccount, Source
from payments.selectors import accounts
from payments.selectors.attempts import match, paying_attempt
from payments.selectors.notifications import body_of
from payments.verdicts.apply import Told, apply
from providers import registry
from providers.errors import WebhookRejected
from providers.types import InboundRequest, Notification, Subject, Verdict

logger = logging.getLogger(__name__)

_TRIES_BEFORE_OPERATOR = 10
_FAILED = "it could not be worked on: "
_PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE)


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
    return state


def _understand(message: InboxMessage) -> tuple[InboxState, uuid.UUID | None, str]:
    account = message.provider_account
    notification = _read(account, message)
    state = InboxState.DONE if notification.verdicts else InboxState.IGNORED
    payment_id: uuid.UUID | None = None
    error = ""
    for verdict in notification.verdicts:
        try:
            payment_id = _one(account, message, verdict, notification) or payment_id
        except NotYetMatched:
            state, error = InboxState.UNMATCHED, "no payment is known by these ids"
        except _NotAsked as waiting:
            payment_id = waiting.payment_id
            if state != InboxState.UNMATCHED:
                state, error = InboxState.NEW, "the provider could not be asked yet"
    return state, payment_id, error


def _read(account: ProviderAccount, message: InboxMessage) -> Notification:
    """Read it once more; it was verified when it came, perhaps under secrets that were replaced since."""
    driver, tolerance = registry.get(account.provider), dt.timedelta(seconds=settings.WEBHOOK_TOLERANCE)
    try:
        return driver.notification(accounts.opened(account), inbound(message), tolerance)
    except WebhookRejected:
        before = accounts.opened_before(account)
        if before is None:
            raise
        return driver.notification(before, inbound(message), tolerance)


class _NotAsked(Exception):
    """What is told cannot be checked now: somebody runs the attempt, or the provider does not answer."""

    def __init__(self, payment_id: uuid.UUID) -> None:
        super().__init__(payment_id)
        self.payment_id = payment_id


def _one(
    account: ProviderAccount, message: InboxMessage, verdict: Verdict, notification: Notification
) -> uuid.UUID | None:
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
    if not notification.key:
        # Nobody signed it: what it says of the outcome is not even looked at.
        _reread(account, attempt, verdict, told, also_decided=True)
    elif notification.reread and verdict.subject in (Subject.CAPTURE, Subject.REFUND):
        # Told in any order, and more than once: only what the provider says now counts.
        _reread(account, attempt, verdict, told, also_decided=True)
    elif verdict.subject in (Subject.CAPTURE, Subject.REFUND, Subject.CHARGEBACK):
        others.route(account, attempt, verdict, told)
    elif notification.reread:
        # A success after the end is still news; after a success there is nothing to learn.
        # While money is held, that it was let go or taken there is news as well.
        open_ended = attempt.state in ENDED_WITHOUT_SUCCESS or attempt.payment.capturable > 0
        _reread(account, attempt, verdict, told, also_decided=open_ended)
    elif verdict.subject is Subject.PAYMENT:
        paying = attempt if attempt.kind in _PAYING else paying_attempt(attempt.payment_id)
        if paying is not None:
            apply(payment_id=paying.payment_id, attempt_id=paying.id, news=verdict, told=told)
    else:
        logger.warning("a notification about something this hub did not ask for", extra={"kind": verdict.subject.value})
    return attempt.payment_id


def _reread(account: ProviderAccount, attempt: Attempt, verdict: Verdict, told: Told, *, also_decided: bool) -> None:
    """Ask the provider about what a notification only hints at. Raises `_NotAsked`."""
    if not (attempt.is_undecided or also_decided):
        return
    if not reconcile.can_ask(account):
        logger.warning("a hint about what cannot be asked", extra={"provider": account.provider})
        return
    paying = None if attempt.is_undecided else paying_attempt(attempt.payment_id)
    about = paying if paying is not None and verdict.subject is Subject.PAYMENT else attempt
    try:
        reconcile.reread(about.id, source=told.source, evidence=told.evidence, hints=verdict.references)
    except reconcile.NotAsked as error:
        raise _NotAsked(attempt.payment_id) from error


def _finish(message: InboxMessage, state: InboxState, payment_id: uuid.UUID | None, error: str) -> None:
    now = clock.now()
    message.state, message.error, message.lease_until = state, error, None
    message.payment_id = payment_id or message.payment_id
    if state in InboxState.waiting():
        message.next_try_at = now + dt.timedelta(seconds=min(3600, 2 ** min(message.tries, 12)))
        told = state == InboxState.UNMATCHED or error.startswith(_FAILED)
        if told and message.tries >= _TRIES_BEFORE_OPERATOR:
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
