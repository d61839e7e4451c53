"""All that the page of one payment shows, in a number of queries that does not depend on its history."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from paymenthub.kernel.redact import redact_url
from payments.domain.attempt import AttemptState
from payments.models import Attempt, AuditEntry, Delivery, DeliveryTry, MailTry, Payment, PspReference, Refund
from payments.selectors.explain import amount, explain, provider_name

from .actions.result import reason_words
from .actions.subject import Subject, of_payment
from .display import body_text, cut, label, pretty
from .machine_pictures import payment_pictures
from .status import status_chip
from .timeline import timeline
from .words import attempt_words

_MOST_ROWS = 200
"""How many notifications and deliveries one page shows; the lists show the rest."""


def subject_of(payment: Payment, attempt: UUID | None = None) -> Subject:
    """Read a payment's attempts, and tell what may be done to it; `attempt` names the one that is meant."""
    attempts = list(payment.attempts.select_related("provider_account", "refund").order_by("id"))
    meant = next((row for row in attempts if row.pk == attempt), None)
    return of_payment(payment, attempts, attempt=meant)


def payment_page(payment: Payment) -> dict[str, Any]:
    """Read everything about a payment for its template."""
    attempts = list(payment.attempts.select_related("provider_account").order_by("id"))
    refunds = list(payment.refunds.order_by("id"))
    references = list(payment.references.select_related("provider_account").order_by("id"))
    transitions = list(payment.transitions.order_by("number"))
    notifications = list(
        payment.notifications.select_related("provider_account").defer("body").order_by("id")[:_MOST_ROWS]
    )
    deliveries = list(
        Delivery.objects.filter(event__payment=payment)
        .select_related("event", "endpoint")
        .prefetch_related(Prefetch("attempts", DeliveryTry.objects.order_by("number")))
        .order_by("event__sequence", "id")[:_MOST_ROWS]
    )
    items = list(payment.operator_items.order_by("id"))
    in_doubt = any(attempt.state == AttemptState.UNKNOWN for attempt in attempts)
    return {
        "payment": payment,
        "subject": of_payment(payment, attempts),
        "chip": status_chip(payment.business_state, in_doubt=in_doubt),
        "amount_text": amount(payment.amount, payment.currency),
        "provider_name": provider_name(payment.provider),
        "method_label": label(payment.method),
        "totals": _totals(payment),
        "explanation": explain(payment, attempts, items),
        "open_items": [item for item in items if item.resolved_at is None],
        "items": items,
        "timeline": timeline(
            transitions=transitions,
            attempts=attempts,
            notifications=notifications,
            deliveries=deliveries,
            items=items,
            refunds=refunds,
            mails=payment.mails.prefetch_related(Prefetch("attempts", MailTry.objects.order_by("number")))
            .defer("content_sealed")
            .order_by("id")[:_MOST_ROWS],
            audit=AuditEntry.objects.filter(payment=payment, outcome_row=None).order_by("id"),
        ),
        "refunds": _refunds(refunds, attempts, references),
        "attempts": [
            {
                "row": attempt,
                "amount": amount(attempt.amount, attempt.currency),
                "words": attempt_words(attempt.state),
                "exchanges": [exchange_view(exchange) for exchange in attempt.exchanges],
            }
            for attempt in attempts
        ],
        "notifications": notifications,
        "deliveries": [
            {"row": row, "url": redact_url(row.url), "tries": [try_view(one) for one in row.attempts.all()]}
            for row in deliveries
        ],
        "movements": [
            {"row": row, "amount": amount(row.amount, row.currency)} for row in payment.movements.order_by("id")
        ],
        "references": references,
        "pictures": payment_pictures(payment, transitions),
        "buyer": [(label(name), pretty_scalar(value)) for name, value in _pairs(payment.buyer)],
        "additional_data": pretty(payment.additional_data),
    }


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
        ("Authorised", payment.authorized),
        ("Captured", payment.captured),
        ("Refunded", payment.refunded_by_us),
        ("Refund running", payment.refund_reserved),
        ("Refunded elsewhere", payment.refunded_elsewhere),
        ("Charged back", payment.charged_back),
    ]
    shown = [(name, minor) for name, minor in rows if minor or name in ("Captured", "Refunded")]
    return [(name, amount(minor, payment.currency)) for name, minor in [*shown, ("Refundable", payment.refundable)]]
