"""A payment's story: transitions, attempts, notifications, callbacks and operator items in one list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

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
    over = _(" in spite of a chargeback") if refund.over_chargeback else ""
    return Entry(
        at=refund.created_at,
        what=_("Refund of %(amount)s asked for%(over)s")
        % {"amount": amount(refund.amount, refund.currency), "over": over},
        detail=" ".join(filter(None, [f"{refund.public_id}.", why])),
        source="API" if not refund.actor or refund.actor.startswith("api_key:") else _("Operator"),
        actor=refund.actor,
        tone="person",
    )


def _of_audit(entries: Iterable[AuditEntry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.action in (AuditAction.REFUND, AuditAction.RESOLVE) and entry.outcome != AuditOutcome.REFUSED:
            continue  # the refund's and the item's own entries say who did it
        why = _("Reason: %(note)s") % {"note": entry.note} if entry.note else ""
        yield Entry(
            at=entry.created_at,
            what=_("%(action)s by an operator: %(outcome)s")
            % {"action": entry.get_action_display(), "outcome": entry.get_outcome_display().lower()},
            detail=" ".join(filter(None, [message_words(entry), why])),
            source=_("Operator"),
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
        name = _("%(kind)s of %(amount)s at %(provider)s") % {
            "kind": label(attempt.kind),
            "amount": amount(attempt.amount, attempt.currency),
            "provider": provider,
        }
        yield Entry(
            attempt.created_at,
            _("%(name)s written down to be sent") % {"name": name},
            attempt.public_id,
            _("System"),
            tone="out",
        )
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
            checks = _("Asked %(checks)s times since.") % {"checks": attempt.checks} if attempt.checks else ""
            gave_up = attempt.created_at + timedelta(milliseconds=attempt.elapsed_ms or 0)
            yield Entry(gave_up, f"{name} {attempt_words(attempt.state)}", checks, provider, tone="doubt")


def _of_notifications(notifications: Iterable[InboxMessage]) -> Iterator[Entry]:
    for message in notifications:
        provider = provider_name(message.provider_account.provider)
        yield Entry(
            at=message.created_at,
            what=_("Notification received: %(type)s") % {"type": message.event_type or _("without a type")},
            detail=" ".join(filter(None, [f"{message.get_state_display()}.", message.error])),
            source=provider,
            tone="in",
        )


def _of_deliveries(deliveries: Iterable[Delivery]) -> Iterator[Entry]:
    for delivery in deliveries:
        name = _("Callback %(type)s #%(sequence)s") % {"type": delivery.event.type, "sequence": delivery.event.sequence}
        last = None
        for last in delivery.attempts.all():
            taken = last.status is not None and 200 <= last.status < 300
            answer = (
                _("answered %(status)s") % {"status": last.status}
                if last.status
                else _("no answer (%(error)s)") % {"error": last.error}
            )
            yield Entry(
                at=last.created_at,
                what=(_("%(name)s delivered (try %(number)s)") if taken else _("%(name)s failed (try %(number)s)"))
                % {"name": name, "number": last.number},
                detail=_("%(address)s: %(answer)s after %(ms)s ms")
                % {"address": redact_url(delivery.url), "answer": answer, "ms": last.elapsed_ms},
                source=_("System"),
                tone="good" if taken else "bad",
            )
        if last is not None and delivery.state == DeliveryState.GIVEN_UP:
            yield Entry(
                last.created_at,
                _("%(name)s given up") % {"name": name},
                _("It can be replayed."),
                _("System"),
                tone="bad",
            )
        elif last is None:
            yield Entry(
                delivery.created_at,
                _("%(name)s is due") % {"name": name},
                moment(delivery.next_try_at),
                _("System"),
                tone="out",
            )


def _of_mails(mails: Iterable[Mail]) -> Iterator[Entry]:
    for mail in mails:
        name = _("%(channel)s to the %(audience)s: %(event)s") % {
            "channel": mail.get_channel_display(),
            "audience": mail.get_audience_display().lower(),
            "event": label(mail.event).lower(),
        }
        if mail.state == MailState.SKIPPED:
            yield Entry(
                mail.created_at, _("%(name)s, not sent") % {"name": name}, mail_reason(mail), _("System"), tone="state"
            )
            continue
        last = None
        for last in mail.attempts.all():
            outcome = _("taken by the mail server") if last.accepted else _("not taken by the mail server")
            yield Entry(
                at=last.created_at,
                what=_("%(name)s, %(outcome)s (try %(number)s)")
                % {"name": name, "outcome": outcome, "number": last.number},
                detail=" ".join(filter(None, [mail.recipients_shown, str(last.code or ""), last.error])),
                source=_("System"),
                tone="good" if last.accepted else "bad",
            )
        if last is None:
            yield Entry(
                mail.created_at, _("%(name)s is due") % {"name": name}, mail.recipients_shown, _("System"), tone="out"
            )


def _of_items(items: Iterable[OperatorItem]) -> Iterator[Entry]:
    for item in items:
        yield Entry(
            item.created_at,
            _("Put before a person: %(kind)s") % {"kind": label(item.kind).lower()},
            item.next_step,
            _("System"),
            tone="doubt",
        )
        if item.resolved_at is not None:
            yield Entry(
                at=item.resolved_at,
                what=_("Resolved: %(kind)s") % {"kind": label(item.kind).lower()},
                detail=item.resolution,
                source=_("Operator"),
                actor=item.resolved_by,
                tone="person",
            )
