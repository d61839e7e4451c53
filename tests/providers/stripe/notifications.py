"""Events about things that happened at the simulator, with the verdicts that they must bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from providers.types import Outcome, Verdict
from tests.providers.contract.bench import Bench
from tests.providers.contract.harness import Event

from . import said
from .said import PART, PRICE

if TYPE_CHECKING:
    from .scenarios import StripeHarness

COMPARED = ("paid", "declined", "authorized", "cancelled", "page_expired", "page_paid")
"""Those of which a fetch must tell the same."""
_histories: dict[str, dict[str, Event]] = {}


def event(key: str, kind: str, thing: Mapping[str, Any], **over: Any) -> bytes:
    """Write an event as Stripe does."""
    told = {
        "id": key,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1763600000,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return json.dumps(told | over).encode()


def history(harness: StripeHarness, bench: Bench) -> Mapping[str, Event]:
    """Let it all happen once for each account."""
    if bench.account.id not in _histories:
        _histories[bench.account.id] = _all(harness, bench)
    return _histories[bench.account.id]


def _all(harness: StripeHarness, bench: Bench) -> dict[str, Event]:
    paid = harness.charge(bench, PRICE)
    held = harness.charge(bench, PRICE, capture_method="manual")
    freed = harness.charge(bench, PRICE, capture_method="manual")
    freed = harness.post(bench, f"payment_intents/{freed['id']}/cancel", {})
    bad = harness.charge(bench, PRICE, payment_method="pm_card_visa_chargeDeclined")["error"]["payment_intent"]
    back = harness.post(bench, "refunds", {"payment_intent": paid["id"], "amount": PART.amount})
    failed = harness.post(bench, "refunds", {"payment_intent": paid["id"], "amount": PART.amount})
    failed |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    left = harness.page(bench)
    left = harness.post(bench, f"checkout/sessions/{left['id']}/expire", {})
    bought = harness.page(bench)
    harness.on_page(bought["id"], "pay")
    bought = harness.get(bench, f"checkout/sessions/{bought['id']}")
    slow = harness.page(bench)
    harness.on_page(slow["id"], "pay_later")
    slow = harness.get(bench, f"checkout/sessions/{slow['id']}")
    quarrel = {
        **{name: paid[name] for name in ("created", "currency", "livemode")},
        "id": "dp_1",
        "object": "dispute",
        "amount": PART.amount,
        "charge": paid["latest_charge"],
        "payment_intent": paid["id"],
        "metadata": {},
        "reason": "fraudulent",
    }
    began = harness.subscribe(bench)
    harness.desk("periods", bench, began["id"])
    later = harness.get(bench, f"subscriptions/{began['id']}")
    cycle = harness.get(bench, f"invoices/{later['latest_invoice']}")
    ended = {**later, "status": "canceled", "ended_at": later["created"]}
    opened, won = {**quarrel, "status": "needs_response"}, {**quarrel, "status": "won"}
    asked = {**quarrel, "status": "warning_needs_response"}
    told: dict[str, tuple[str, Mapping[str, Any], Verdict]] = {
        "paid": ("payment_intent.succeeded", paid, said.intent(paid, Outcome.SUCCEEDED)),
        "authorized": ("payment_intent.amount_capturable_updated", held, said.intent(held, Outcome.AUTHORIZED)),
        "cancelled": ("payment_intent.canceled", freed, said.intent(freed, Outcome.CANCELLED)),
        "declined": ("payment_intent.payment_failed", bad, said.intent(bad, Outcome.DECLINED)),
        "page_paid": ("checkout.session.completed", bought, said.session(bought, Outcome.SUCCEEDED)),
        "page_pending": ("checkout.session.completed", slow, said.session(slow, Outcome.PENDING)),
        "page_failed_later": ("checkout.session.async_payment_failed", slow, said.session(slow, Outcome.PENDING)),
        "page_expired": ("checkout.session.expired", left, said.session(left, Outcome.EXPIRED)),
        "refunded": ("refund.created", back, said.refund(back, Outcome.SUCCEEDED, live=False)),
        "refunded_again": ("refund.updated", back, said.refund(back, Outcome.SUCCEEDED, live=False)),
        "refunded_before_2024": ("charge.refund.updated", back, said.refund(back, Outcome.SUCCEEDED, live=False)),
        "refund_failed": ("refund.failed", failed, said.refund(failed, Outcome.DECLINED, live=False)),
        "inquiry": ("charge.dispute.created", asked, said.dispute(asked, Outcome.PENDING)),
        "chargeback_opened": ("charge.dispute.created", opened, said.dispute(opened, Outcome.SUCCEEDED)),
        "invoice_paid": ("invoice.payment_succeeded", cycle, said.invoice(cycle, Outcome.SUCCEEDED)),
        "subscription_began": ("customer.subscription.created", began, said.subscription(began)),
        "subscription_ended": ("customer.subscription.deleted", ended, said.subscription(ended)),
        "chargeback_won": ("charge.dispute.closed", won, said.dispute(won, Outcome.REVERSED)),
    }
    return {
        name: Event(event(f"evt_{name}_{bench.account.id}", kind, thing), (verdict,))
        for name, (kind, thing, verdict) in told.items()
    }
