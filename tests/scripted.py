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
    CancelRequest,
    CaptureRequest,
    ConfigField,
    Decline,
    DeclineReason,
    EventsPage,
    EventsRequest,
    Feature,
    FetchRequest,
    InboundRequest,
    Notification,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    RefundRequest,
    Subject,
    SubscriptionRequest,
    Verdict,
)

Answer = Verdict | Exception | Callable[[Call, Any], Verdict]


@dataclass
class Script:
    """What the PSP answers to each operation (in order, the last one for ever), and what it was asked."""

    pay: list[Answer] = field(default_factory=list)
    capture: list[Answer] = field(default_factory=list)
    cancel: list[Answer] = field(default_factory=list)
    expire: list[Answer] = field(default_factory=list)
    refund: list[Answer] = field(default_factory=list)
    link_create: list[Answer] = field(default_factory=list)
    link_expire: list[Answer] = field(default_factory=list)
    fetch: list[Any] = field(default_factory=list)
    """Each answer is a verdict about the payment, or a list of it and of its captures, refunds and chargebacks."""
    list_events: list[Any] = field(default_factory=list)
    """Each answer is a page of what happened."""
    start: list[Answer] = field(default_factory=list)
    """The first payment of a subscription, also of one that the PSP runs."""
    charge: list[Answer] = field(default_factory=list)
    """A later payment, by its token."""
    subscription: list[Any] = field(default_factory=list)
    """What it says of a subscription that it runs: asked about, changed, ended."""
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


def capture(outcome: Outcome, amount: int, *, id: str = "cap_1", **over: Any) -> Verdict:
    """A verdict about a capture."""
    references = (Reference("capture", id),) if id else ()
    return Verdict(Subject.CAPTURE, outcome, Money(amount, "EUR"), references=references, **over)


def refund(outcome: Outcome, amount: int, *, id: str = "ref_1", **over: Any) -> Verdict:
    """A verdict about a refund."""
    references = (Reference("refund", id),) if id else ()
    parent = (Reference("payment", "psp_1"),)
    return Verdict(Subject.REFUND, outcome, Money(amount, "EUR"), references=references, parent=parent, **over)


def notification_body(verdict_outcome: Outcome, *, key: str = "evt_1", reference: str = "", **over: Any) -> bytes:
    """The body of a notification of the scripted PSP."""
    return json.dumps({"key": key, "outcome": verdict_outcome.value, "attempt": reference, **over}).encode()


class ScriptedDriver(Driver):
    """Said by the test, not by a PSP."""

    code = "scripted"
    display_name = "Scripted"
    operations = frozenset(
        {
            Operation.PAY,
            Operation.AUTHORIZE,
            Operation.CAPTURE,
            Operation.CANCEL,
            Operation.EXPIRE,
            Operation.REFUND,
            Operation.LINK_CREATE,
            Operation.LINK_EXPIRE,
            Operation.FETCH,
            Operation.NOTIFICATION,
            Operation.LIST_EVENTS,
            Operation.SUBSCRIPTION_SCHEDULE,
            Operation.SUBSCRIPTION_START,
            Operation.SUBSCRIPTION_PAY,
            Operation.SUBSCRIPTION_UPDATE,
            Operation.SUBSCRIPTION_FETCH,
            Operation.SUBSCRIPTION_EXPIRE,
        }
    )
    features = frozenset({Feature.PARTIAL_CAPTURE, Feature.MULTIPLE_CAPTURES, Feature.PARTIAL_REFUND})
    methods = ("credit-cards", "wallet")
    config_fields = (
        ConfigField("api_key", "A key.", secret=True, required=False),
        ConfigField("webhook_secret", "Signs notifications.", secret=True, required=False),
    )
    currencies = frozenset({"EUR", "USD", "JPY", "KWD"})
    idempotency_window = timedelta(hours=24)

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        return _said("pay", call, request)

    def authorize(self, call: Call, request: PayRequest) -> Verdict:
        return _said("pay", call, request)

    def capture(self, call: Call, request: CaptureRequest) -> Verdict:
        return _said("capture", call, request)

    def cancel(self, call: Call, request: CancelRequest) -> Verdict:
        return _said("cancel", call, request)

    def expire(self, call: Call, request: CancelRequest) -> Verdict:
        return _said("expire", call, request)

    def refund(self, call: Call, request: RefundRequest) -> Verdict:
        return _said("refund", call, request)

    def link_create(self, call: Call, request: PayRequest) -> Verdict:
        return _said("link_create", call, request)

    def link_expire(self, call: Call, request: CancelRequest) -> Verdict:
        return _said("link_expire", call, request)

    def fetch(self, call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
        said: Any = _said("fetch", call, request)
        return tuple(said) if isinstance(said, list | tuple) else (said,)

    def list_events(self, call: Call, request: EventsRequest) -> EventsPage:
        page: Any = _said("list_events", call, request)
        return page

    def subscription_schedule(self, call: Call, request: SubscriptionRequest) -> Verdict:
        return _said("start", call, request)

    def subscription_start(self, call: Call, request: SubscriptionRequest) -> Verdict:
        return _said("start", call, request)

    def subscription_pay(self, call: Call, request: SubscriptionRequest) -> Verdict:
        return _said("charge", call, request)

    def subscription_update(self, call: Call, request: SubscriptionRequest) -> Verdict:
        return _said("subscription", call, request)

    def subscription_fetch(self, call: Call, request: SubscriptionRequest) -> tuple[Verdict, ...]:
        said: Any = _said("subscription", call, request)
        return tuple(said) if isinstance(said, list | tuple) else (said,)

    def subscription_expire(self, call: Call, request: SubscriptionRequest) -> Verdict:
        return _said("subscription", call, request)

    def notification(self, account: Any, request: InboundRequest, tolerance: timedelta) -> Notification:
        if request.headers.get("x-secret") != account.config["webhook_secret"]:
            raise WebhookRejected("wrong secret")
        told = json.loads(request.body)
        return Notification(
            key=told["key"], type=f"{told.get('about', 'payment')}.{told['outcome']}", verdicts=(_read(told),)
        )


def _said(what: str, call: Call, request: Any) -> Verdict:
    assert Script.current is not None
    return Script.current.answer(what, call, request)


def _read(told: dict[str, Any]) -> Verdict:
    outcome, amount = Outcome(told["outcome"]), told.get("amount", 1299)
    if told.get("about") == "refund":
        return refund(outcome, amount, id=told.get("id", "ref_1"), attempt_reference=told["attempt"])
    return payment(
        outcome,
        id=told.get("id", "psp_1"),
        amount=amount,
        currency=told.get("currency", "EUR"),
        attempt_reference=told["attempt"],
    )
