"""All that the page of one payment shows, in a number of queries that does not depend on its history."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Prefetch, QuerySet
from django.utils.translation import gettext as _

from paymenthub.kernel.redact import redact_url
from payments.domain.attempt import AttemptState
from payments.models import (
    Attempt,
    AuditEntry,
    Delivery,
    DeliveryState,
    DeliveryTry,
    MailTry,
    Payment,
    PspReference,
    Refund,
)
from payments.selectors.explain import amount, explain, provider_name

from .actions.result import reason_words
from .actions.subject import Subject, of_payment
from .callback_words import why_callback
from .display import body_text, cut, label, pretty
from .machine_pictures import payment_pictures
from .status import status_chip
from .timeline import timeline
from .waiting_refunds import waiting_refunds
from .words import attempt_words

_M = TypeVar("_M", bound=Model)
_MOST_ROWS = 200
"""How many of each kind of row one page reads, the latest of them; the lists show the rest."""
_MOST_ATTEMPTS = 30
"""How many attempts are shown with what was sent and answered."""
_MOST_ENTRIES = 60
"""How many entries of the timeline stand open; those before are folded."""


def subject_of(payment: Payment, attempt: UUID | None = None) -> Subject:
    """Read a payment's attempts, and tell what may be done to it; `attempt` names the one that is meant."""
    attempts = list(payment.attempts.select_related("provider_account", "refund").order_by("id"))
    meant = next((row for row in attempts if row.pk == attempt), None)
    return of_payment(payment, attempts, attempt=meant)


def payment_page(payment: Payment) -> dict[str, Any]:
    """Read everything about a payment for its template."""
    # What may be done follows from all attempts; what was sent and answered is read of the latest ones only.
    attempts = list(payment.attempts.select_related("provider_account").defer("exchanges").order_by("id"))
    shown = attempts[-_MOST_ATTEMPTS:]
    exchanges = dict(Attempt.objects.filter(pk__in=[row.pk for row in shown]).values_list("pk", "exchanges"))
    refunds = _latest(payment.refunds.all())
    references = _latest(payment.references.select_related("provider_account"))
    transitions = _latest(payment.transitions.all(), "number")
    notifications = _latest(payment.notifications.select_related("provider_account").defer("body", "headers", "query"))
    deliveries = _latest(
        Delivery.objects.filter(event__payment=payment)
        .select_related("event", "endpoint")
        .prefetch_related(Prefetch("attempts", DeliveryTry.objects.order_by("number"))),
        "event__sequence",
    )
    mails = _latest(
        payment.mails.prefetch_related(Prefetch("attempts", MailTry.objects.order_by("number"))).defer("content_sealed")
    )
    items = _latest(payment.operator_items.all())
    entries = timeline(
        transitions=transitions,
        attempts=attempts,
        notifications=notifications,
        deliveries=deliveries,
        items=items,
        refunds=refunds,
        mails=mails,
        audit=_latest(AuditEntry.objects.filter(payment=payment, outcome_row=None)),
    )
    in_doubt = any(attempt.state == AttemptState.UNKNOWN for attempt in attempts)
    return {
        "payment": payment,
        "subject": of_payment(payment, attempts),
        "chip": status_chip(payment.business_state, in_doubt=in_doubt),
        "amount_text": amount(payment.amount, payment.currency),
        "provider_name": provider_name(payment.provider),
        "method_label": label(payment.method),
        "totals": _totals(payment),
        "explanation": explain(payment, attempts, items, is_told=not any(map(_is_not_taken, deliveries))),
        "waiting_refunds": waiting_refunds(payment),
        "open_items": [item for item in items if item.resolved_at is None],
        "items": items,
        "timeline": entries,
        "older_entries": entries[:-_MOST_ENTRIES],
        "latest_entries": entries[-_MOST_ENTRIES:],
        "most": _MOST_ROWS,
        "is_cut": any(
            len(rows) == _MOST_ROWS for rows in (refunds, transitions, notifications, deliveries, mails, items)
        ),
        "mail_rows": mails,
        "refunds": _refunds(refunds, attempts, references),
        "attempts": [
            {
                "row": attempt,
                "amount": amount(attempt.amount, attempt.currency),
                "words": attempt_words(attempt.state),
                "exchanges": [exchange_view(exchange) for exchange in exchanges.get(attempt.pk, ())],
            }
            for attempt in reversed(shown)
        ],
        "attempts_hidden": len(attempts) - len(shown),
        "notifications": notifications,
        "deliveries": [_delivery(row) for row in reversed(deliveries)],
        "movements": [
            {"row": row, "amount": amount(row.amount, row.currency)} for row in _latest(payment.movements.all())
        ],
        "references": references,
        "pictures": payment_pictures(payment, transitions),
        "buyer": [(label(name), pretty_scalar(value)) for name, value in _pairs(payment.buyer)],
        "additional_data": pretty(payment.additional_data),
    }


def _latest(rows: QuerySet[_M], order: str = "id") -> list[_M]:
    """Read the latest rows, in the order in which they came."""
    return list(rows.order_by(f"-{order}", "-pk")[:_MOST_ROWS])[::-1]


def _is_not_taken(delivery: Delivery) -> bool:
    """Tell whether the order system was told and has not taken it."""
    return delivery.state != DeliveryState.DELIVERED and delivery.tries > 0


def _refunds(
    refunds: Sequence[Refund], attempts: Sequence[Attempt], references: Sequence[PspReference]
) -> list[dict[str, Any]]:
    refund_of = {attempt.id: attempt.refund_id for attempt in attempts if attempt.refund_id}
    looks = {"succeeded": "succeeded", "failed": "declined", "reversed": "unknown"}
    return [
        {
            "row": row,
            "amount": amount(row.amount, row.currency),
            "look": looks.get(row.state, "open"),
            "reason": reason_words(row.reason),
            "psp_ids": [r.value for r in references if r.attempt_id and refund_of.get(r.attempt_id) == row.id],
        }
        for row in refunds
    ]


def _delivery(row: Delivery) -> dict[str, Any]:
    tries = list(row.attempts.all())
    tone, why = why_callback(row, tries)
    return {"row": row, "url": redact_url(row.url), "tries": [try_view(one) for one in tries], "tone": tone, "why": why}


def exchange_view(exchange: dict[str, Any]) -> dict[str, Any]:
    """Prepare one recorded HTTP exchange for reading."""
    return {
        "method": exchange.get("method", ""),
        "url": exchange.get("url", ""),
        "status": exchange.get("status"),
        "elapsed_ms": exchange.get("elapsed_ms"),
        "error": exchange.get("error") or "",
        "request_headers": pretty(exchange.get("request_headers")),
        "request_body": body_text(exchange.get("request_body") or ""),
        "response_headers": pretty(exchange.get("response_headers")),
        "response_body": body_text(exchange.get("response_body") or ""),
    }


def try_view(row: DeliveryTry) -> dict[str, Any]:
    """Prepare one try of a callback for reading."""
    return {"row": row, "response": body_text(row.response)}


def pretty_scalar(value: Any) -> str:
    """Write one value of a JSON object in a line."""
    return cut(value) if isinstance(value, str) else pretty(value)


def _pairs(buyer: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in buyer.items() if value] if isinstance(buyer, dict) else []


def _totals(payment: Payment) -> list[tuple[str, str]]:
    rows = [
        (_("Authorised"), payment.authorized),
        (_("Captured"), payment.captured),
        (_("Refunded"), payment.refunded_by_us),
        (_("Refund running"), payment.refund_reserved),
        (_("Refunded elsewhere"), payment.refunded_elsewhere),
        (_("Charged back"), payment.charged_back),
    ]
    always = (_("Captured"), _("Refunded"))
    shown = [(name, minor) for name, minor in rows if minor or name in always]
    return [(name, amount(minor, payment.currency)) for name, minor in [*shown, (_("Refundable"), payment.refundable)]]
