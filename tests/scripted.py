"""A driver whose PSP says what the test told it to say."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from paymenthub.kernel.money import Money
from providers.errors import WebhookRejected
from providers.port import Call, Driver
from providers.types import (
    Action,
    Decline,
    DeclineReason,
    FetchRequest,
    InboundRequest,
    Notification,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    Subject,
    Verdict,
)

Answer = Verdict | Exception | Callable[[Call, Any], Verdict]


@dataclass
class Script:
    """What the PSP answers to pay (in order, the last one for ever) and to fetch, and what it was asked."""

    pay: list[Answer] = field(default_factory=list)
    fetch: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, Call, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    current: ClassVar["Script | None"] = None

    @classmethod
    @contextmanager
    def fresh(cls) -> Iterator["Script"]:
        cls.current = cls()
        try:
            yield cls.current
        finally:
            cls.current = None

    def answer(self, what: str, call: Call, request: Any) -> Verdict:
        with self.lock:
            self.asked.append((what, call, request))
            queue: list[Answer] = getattr(self, what)
            given = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(given, Exception):
            raise given
        return given(call, request) if callable(given) else given

    def count(self, what: str) -> int:
        return sum(1 for kind, _, _ in self.asked if kind == what)


def payment(outcome: Outcome, *, id: str = "psp_1", amount: int = 1299, currency: str = "EUR", **over: Any) -> Verdict:
    """A verdict about a payment."""
    more: dict[str, Any] = {}
    if outcome is Outcome.ACTION_REQUIRED:
        more["action"] = Action(redirect_url="https://psp.test/checkout/1")
    if outcome is Outcome.DECLINED:
        more["decline"] = Decline(DeclineReason.INSUFFICIENT_FUNDS, code="51")
    references = (Reference("payment", id),) if id else ()
    return Verdict(Subject.PAYMENT, outcome, Money(amount, currency), references=references, **more | over)


def notification_body(verdict_outcome: Outcome, *, key: str = "evt_1", reference: str = "", **over: Any) -> bytes:
    """The body of a notification of the scripted PSP."""
    return json.dumps({"key": key, "outcome": verdict_outcome.value, "attempt": reference, **over}).encode()


class ScriptedDriver(Driver):
    """Said by the test, not by a PSP."""

    code = "scripted"
    display_name = "Scripted"
    operations = frozenset({Operation.PAY, Operation.AUTHORIZE, Operation.FETCH, Operation.NOTIFICATION})
    methods = ("credit-cards", "wallet")
    currencies = frozenset({"EUR", "USD", "JPY", "KWD"})
    idempotency_window = timedelta(hours=24)

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        assert Script.current is not None
        return Script.current.answer("pay", call, request)

    def authorize(self, call: Call, request: PayRequest) -> Verdict:
        assert Script.current is not None
        return Script.current.answer("pay", call, request)

    def fetch(self, call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
        assert Script.current is not None
        return (Script.current.answer("fetch", call, request),)

    def notification(self, account: Any, request: InboundRequest, tolerance: timedelta) -> Notification:
        if request.headers.get("x-secret") != account.config["webhook_secret"]:
            raise WebhookRejected("wrong secret")
        told = json.loads(request.body)
        verdict = payment(
            Outcome(told["outcome"]),
            id=told.get("id", "psp_1"),
            amount=told.get("amount", 1299),
            currency=told.get("currency", "EUR"),
            attempt_reference=told["attempt"],
        )
        return Notification(key=told["key"], type=f"payment.{told['outcome']}", verdicts=(verdict,))
