"""A payment's story: transitions, attempts, notifications, callbacks and operator items in one list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from paymenthub.kernel.redact import redact_url
from payments.models import (
    Attempt,
    AuditAction,
    AuditEntry,
    AuditOutcome,
    Delivery,
    DeliveryState,
    InboxMessage,
    Mail,
    MailState,
    OperatorItem,
    Refund,
    Transition,
)
from payments.selectors.explain import amount, moment, provider_name

from .actions.result import message_words, reason_words
from .display import label
from .mails import reason_words as mail_reason
from .words import attempt_words, transition_words


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `tone` is one of: state, good, bad, doubt, in, out, person."""

    at: datetime
    what: str
    detail: str = ""
    source: str = ""
    actor: str = ""
    tone: str = "state"


def timeline(
    *,
    transitions: Iterable[Transition],
    attempts: Iterable[Attempt],
    notifications: Iterable[InboxMessage],
    deliveries: Iterable[Delivery],
    items: Iterable[OperatorItem],
    refunds: Iterable[Refund] = (),
    audit: Iterable[AuditEntry] = (),
    mails: Iterable[Mail] = (),
) -> list[Entry]:
    """Merge them, oldest first; at the same moment the cause stands before what followed."""
    entries = [
        *_of_notifications(notifications),
        *_of_audit(audit),
        *(_of_refund(refund) for refund in refunds),
        *_of_attempts(attempts),
        *(_of_transition(transition) for transition in transitions),
        *_of_deliveries(deliveries),
        *_of_items(items),
        *_of_mails(mails),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _of_refund(refund: Refund) -> Entry:
    why = ": ".join(filter(None, [reason_words(refund.reason), refund.note]))
    over = " in spite of a chargeback" if refund.over_chargeback else ""
    return Entry(
        at=refund.created_at,
        what=f"Refund of {amount(refund.amount, refund.currency)} asked for{over}",
        detail=" ".join(filter(None, [f"{refund.public_id}.", why])),
        source="API" if not refund.actor or refund.actor.startswith("api_key:") else "Operator",
        actor=refund.actor,
        tone="person",
    )


def _of_audit(entries: Iterable[AuditEntry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.action in (AuditAction.REFUND, AuditAction.RESOLVE) and entry.outcome != AuditOutcome.REFUSED:
            continue  # the refund's and the item's own entries say who did it
        why = f"Reason: {entry.note}" if entry.note else ""
        yield Entry(
            at=entry.created_at,
            what=f"{entry.get_action_display()} by an operator: {entry.get_outcome_display().lower()}",
            detail=" ".join(filter(None, [message_words(entry), why])),
            source="Operator",
            actor=entry.actor,
            tone="person",
        )


_TONES = {"paymentExecuted": "good", "paymentAuthorized": "good", "paymentFailed": "bad", "chargebackOpened": "bad"}
_ENDS = {"SUCCEEDED": "good", "DECLINED": "bad", "REJECTED": "bad", "NOT_SENT": "bad"}


def _of_transition(transition: Transition) -> Entry:
    way = f"{transition.from_state} → {transition.to_state}" if transition.from_state else transition.to_state
    return Entry(
        at=transition.created_at,
        what=transition_words(transition),
        detail=f"{transition.event}: {way}",
        source=transition.get_source_display(),
        actor=transition.actor,
        tone="doubt" if transition.unexpected else _TONES.get(transition.event.removesuffix("ByTheSystem"), "state"),
    )


def _of_attempts(attempts: Iterable[Attempt]) -> Iterator[Entry]:
    for attempt in attempts:
        provider = provider_name(attempt.provider_account.provider)
        name = f"{label(attempt.kind)} of {amount(attempt.amount, attempt.currency)} at {provider}"
        yield Entry(attempt.created_at, f"{name} written down to be sent", attempt.public_id, "System", tone="out")
        if attempt.decided_at is not None:
            reason = ": ".join(filter(None, [label(attempt.decline_reason), attempt.decline_message]))
            yield Entry(
                at=attempt.decided_at,
                what=f"{name} {attempt_words(attempt.state)}",
                detail=reason if attempt.decline_reason else "",
                source=provider,
                tone=_ENDS.get(attempt.state, "state"),
            )
        elif attempt.state == "UNKNOWN":
            checks = f"Asked {attempt.checks} times since." if attempt.checks else ""
            gave_up = attempt.created_at + timedelta(milliseconds=attempt.elapsed_ms or 0)
            yield Entry(gave_up, f"{name} {attempt_words(attempt.state)}", checks, provider, tone="doubt")


def _of_notifications(notifications: Iterable[InboxMessage]) -> Iterator[Entry]:
    for message in notifications:
        provider = provider_name(message.provider_account.provider)
        yield Entry(
            at=message.created_at,
            what=f"Notification received: {message.event_type or 'without a type'}",
            detail=" ".join(filter(None, [f"{message.get_state_display()}.", message.error])),
            source=provider,
            tone="in",
        )


def _of_deliveries(deliveries: Iterable[Delivery]) -> Iterator[Entry]:
    for delivery in deliveries:
        name = f"Callback {delivery.event.type} #{delivery.event.sequence}"
        last = None
        for last in delivery.attempts.all():
            taken = last.status is not None and 200 <= last.status < 300
            answer = f"answered {last.status}" if last.status else f"no answer ({last.error})"
            yield Entry(
                at=last.created_at,
                what=f"{name} {'delivered' if taken else 'failed'} (try {last.number})",
                detail=f"{redact_url(delivery.url)}: {answer} after {last.elapsed_ms} ms",
                source="System",
                tone="good" if taken else "bad",
            )
        if last is not None and delivery.state == DeliveryState.GIVEN_UP:
            yield Entry(last.created_at, f"{name} given up", "It can be replayed.", "System", tone="bad")
        elif last is None:
            yield Entry(delivery.created_at, f"{name} is due", moment(delivery.next_try_at), "System", tone="out")


def _of_mails(mails: Iterable[Mail]) -> Iterator[Entry]:
    for mail in mails:
        name = f"{mail.get_channel_display()} to the {mail.get_audience_display().lower()}: {label(mail.event).lower()}"
        if mail.state == MailState.SKIPPED:
            yield Entry(mail.created_at, f"{name}, not sent", mail_reason(mail), "System", tone="state")
            continue
        last = None
        for last in mail.attempts.all():
            outcome = "taken by the mail server" if last.accepted else "not taken by the mail server"
            yield Entry(
                at=last.created_at,
                what=f"{name}, {outcome} (try {last.number})",
                detail=" ".join(filter(None, [mail.recipients_shown, str(last.code or ""), last.error])),
                source="System",
                tone="good" if last.accepted else "bad",
            )
        if last is None:
            yield Entry(mail.created_at, f"{name} is due", mail.recipients_shown, "System", tone="out")


def _of_items(items: Iterable[OperatorItem]) -> Iterator[Entry]:
    for item in items:
        yield Entry(
            item.created_at, f"Put before a person: {label(item.kind).lower()}", item.next_step, "System", tone="doubt"
        )
        if item.resolved_at is not None:
            yield Entry(
                at=item.resolved_at,
                what=f"Resolved: {label(item.kind).lower()}",
                detail=item.resolution,
                source="Operator",
                actor=item.resolved_by,
                tone="person",
            )
