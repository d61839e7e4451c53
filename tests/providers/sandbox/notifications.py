"""A history at Sandpay, with the notifications that it sent about it and the verdicts that they must bring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paymenthub.kernel.money import Money
from providers.types import Outcome, Reference, Subject, Verdict
from tests.providers.contract.bench import Bench
from tests.providers.contract.harness import Event
from tests.providers.sandbox_simulator.receiver import Receiver

from .said import PART, PRICE, payment, refund, subscription

if TYPE_CHECKING:
    from .scenarios import SandboxHarness

# Sandpay shows the sum of chargebacks only, and a refund that was pending has settled by the time it is read.
NOT_IN_A_FETCH = ("chargeback_opened", "chargeback_opened_again", "chargeback_won", "refund_pending")
AGAIN = Money(300, "EUR")
_histories: dict[str, dict[str, Event]] = {}


def kept(bench: Bench) -> Mapping[str, Event]:
    """Return what happened to this account."""
    return _histories[bench.account.id]


def history(harness: SandboxHarness, bench: Bench, receiver: Receiver) -> Mapping[str, Event]:
    """Let it all happen once for each account."""
    if bench.account.id not in _histories:
        _histories[bench.account.id] = _Telling(harness, bench, receiver).all()
    return _histories[bench.account.id]


def unknown(account: str) -> bytes:
    """Write an event of a type that Sandpay does not have."""
    told = {"id": "evt_unknown", "type": "payout.paid", "created": "2026-11-20T10:00:00Z", "account": account}
    return json.dumps({**told, "live": False, "data": {"object": {"id": "po_1", "object": "payout"}}}).encode()


class _Telling:
    def __init__(self, harness: SandboxHarness, bench: Bench, receiver: Receiver) -> None:
        self._harness, self._bench, self._receiver = harness, bench, receiver
        self._events: dict[str, Event] = {}

    def all(self) -> dict[str, Event]:
        self._payments()
        self._refunds()
        self._chargebacks()
        self._subscription()
        return self._events

    def _payments(self) -> None:
        _, url = self._made(PRICE)
        self._told("paid", url, 1, lambda e: payment(e, Outcome.SUCCEEDED))
        _, url = self._made(Money(1261, "EUR"))
        self._told("declined", url, 1, lambda e: payment(e, Outcome.DECLINED))
        _, url = self._made(PRICE, capture="manual")
        self._told("authorized", url, 1, lambda e: payment(e, Outcome.AUTHORIZED))
        freed, url = self._made(PRICE, capture="manual")
        self._post(freed, "cancel", {})
        self._told("cancelled", url, 2, lambda e: payment(e, Outcome.CANCELLED))
        taken, url = self._made(PRICE, capture="manual")
        self._post(taken, "captures", {"amount": PART.amount, "final": True})
        self._told("captured", url, 2, lambda e: payment(e, Outcome.SUCCEEDED))
        left, url = self._made(PRICE, token=None)
        self._post(left, "expire", {})
        self._told("expired", url, 1, lambda e: payment(e, Outcome.EXPIRED))

    def _refunds(self) -> None:
        for name, amount, count, outcome in (
            ("refunded", PART.amount, 2, Outcome.SUCCEEDED),
            ("refund_pending", 286, 2, Outcome.PENDING),
            ("refund_failed", 287, 2, Outcome.DECLINED),
            ("refund_reversed", 288, 3, Outcome.REVERSED),
        ):
            paid, url = self._made(PRICE)
            self._post(paid, "refunds", {"amount": amount, "reference": f"rf_{name}"})
            self._told(name, url, count, lambda e, outcome=outcome: refund(e, outcome))

    def _chargebacks(self) -> None:
        paid, url = self._made(PRICE)
        self._harness.control(paid["id"], "chargeback", amount=PART.amount)
        self._told("chargeback_opened", url, 2, lambda e: self._chargeback(e, Outcome.SUCCEEDED, PART))
        self._harness.control(paid["id"], "chargeback", amount=AGAIN.amount)
        self._told("chargeback_opened_again", url, 3, lambda e: self._chargeback(e, Outcome.SUCCEEDED, AGAIN))
        everything = Money(PART.amount + AGAIN.amount, "EUR")
        self._harness.control(paid["id"], "chargeback_won")
        self._told("chargeback_won", url, 4, lambda e: self._chargeback(e, Outcome.REVERSED, everything))

    def _subscription(self) -> None:
        url = self._receiver.url()
        made = self._harness.subscribe(self._bench, notification_url=url)
        self._harness.post(self._bench, "/test-clock", {"advance_seconds": 32 * 86400})
        self._harness.post(self._bench, f"/v1/subscriptions/{made['id']}/cancel", {})
        for hook in self._receiver.wait(url, 5):
            if hook.type == "payment.paid":
                name, told = (
                    f"charge_{hook.object['subscription']['sequence']}",
                    payment(hook.object, Outcome.SUCCEEDED),
                )
            else:
                name, told = hook.type.replace(".", "_"), subscription(hook.object)
            self._events[name] = Event(hook.raw, (told,))

    def _chargeback(self, shown: Mapping[str, Any], outcome: Outcome, money: Money) -> Verdict:
        return Verdict(
            Subject.CHARGEBACK,
            outcome,
            money,
            parent=(Reference("payment", shown["id"]),),
            account=self._bench.account.id,
            live=False,
        )

    def _made(self, money: Money, **over: Any) -> tuple[dict[str, Any], str]:
        url = self._receiver.url()
        return self._harness.make(self._bench, money, notification_url=url, **over), url

    def _post(self, made: Mapping[str, Any], what: str, body: object) -> None:
        self._harness.post(self._bench, f"/v1/payments/{made['id']}/{what}", body)

    def _told(self, name: str, url: str, count: int, expected: Callable[[Mapping[str, Any]], Verdict]) -> None:
        hook = self._receiver.wait(url, count)[count - 1]
        told = expected(hook.object)
        if told.subject is Subject.CHARGEBACK:
            named = Reference("chargeback", hook.event["data"]["chargeback"]["id"])
            told = replace(told, references=(named,), occurred_at=datetime.fromisoformat(hook.event["created"]))
        self._events[name] = Event(hook.raw, (told,))
