"""The driver contract: what a provider's code must offer, and the only class it derives from.

A driver builds a request and reads an answer. It is stateless and Django-free: it does not sleep, retry, log bodies,
read settings, open a transaction, or know what a Payment is. Transport, credentials and keys are handed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from paymenthub.kernel.http import Exchange, Transport

from .errors import Unsupported
from .types import (
    Account,
    CallbackPath,
    CancelRequest,
    CaptureRequest,
    ConfigField,
    EventsPage,
    EventsRequest,
    Feature,
    FetchRequest,
    InboundRequest,
    Notification,
    Operation,
    PayRequest,
    RefundRequest,
    SubscriptionRequest,
    UtilityRequest,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Call:
    """What one call to a PSP is made with.

    `idempotency_key` must reach the wire in every money-moving request; `attempt_reference` should travel as metadata,
    so that a notification can be matched before our own call has returned.
    """

    account: Account
    transport: Transport
    idempotency_key: str
    attempt_reference: str
    on_exchange: Callable[[Exchange], None] | None = field(default=None, repr=False)


class Driver:
    """One provider. Override the hooks of the operations that `operations` declares, and no others."""

    code: ClassVar[str]
    display_name: ClassVar[str]
    operations: ClassVar[frozenset[Operation]] = frozenset()
    features: ClassVar[frozenset[Feature]] = frozenset()
    methods: ClassVar[tuple[str, ...]] = ()
    currencies: ClassVar[frozenset[str] | None] = None
    """ISO 4217 codes that are taken; None for every one."""
    intervals: ClassVar[frozenset[str]] = frozenset()
    """Subscription intervals (DAY, WEEK, MONTH, YEAR) that are taken."""
    config_fields: ClassVar[tuple[ConfigField, ...]] = ()
    idempotency_window: ClassVar[timedelta | None] = None
    """How long the PSP answers the same key and body with the first result; None where it knows no keys."""
    callback_paths: ClassVar[tuple[CallbackPath, ...]] = ()
    checks_connection: ClassVar[bool] = False
    """Whether an account's credentials can be tried without moving money (`check_connection`)."""

    def check_pay(self, request: PayRequest) -> None:
        """Refuse a request that this PSP could not take, before anything is stored or sent: `InvalidProviderData`."""

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        """Take money at once, or send the customer to where it is paid."""
        raise self._missing(Operation.PAY)

    def authorize(self, call: Call, request: PayRequest) -> Verdict:
        """Hold money, or send the customer to where it is held."""
        raise self._missing(Operation.AUTHORIZE)

    def capture(self, call: Call, request: CaptureRequest) -> Verdict:
        """Take held money."""
        raise self._missing(Operation.CAPTURE)

    def cancel(self, call: Call, request: CancelRequest) -> Verdict:
        """Release held money, or end an unpaid payment."""
        raise self._missing(Operation.CANCEL)

    def expire(self, call: Call, request: CancelRequest) -> Verdict:
        """End an unpaid session, so that its customer cannot pay any more."""
        raise self._missing(Operation.EXPIRE)

    def refund(self, call: Call, request: RefundRequest) -> Verdict:
        """Give money back."""
        raise self._missing(Operation.REFUND)

    def fetch(self, call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
        """Read a payment: its own verdict first, then those of its captures, refunds and chargebacks.

        Raises `Unavailable` when no answer was had; a PSP that knows no such payment is the verdict NOT_FOUND.
        """
        raise self._missing(Operation.FETCH)

    def fetch_refund(self, call: Call, request: FetchRequest) -> Verdict:
        """Read one refund."""
        raise self._missing(Operation.FETCH_REFUND)

    def list_events(self, call: Call, request: EventsRequest) -> EventsPage:
        """Read one page of what happened since a moment, in any order. Raises `Unavailable` when no answer was had."""
        raise self._missing(Operation.LIST_EVENTS)

    def check_subscription(self, request: SubscriptionRequest, operation: Operation | None = None) -> None:
        """Refuse a subscription that this PSP could not take, before anything is stored or sent: `InvalidProviderData`.

        With `operation` also what only holds for it: a PSP may know fewer rhythms for what it runs itself.
        """

    def subscription_schedule(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Have the PSP charge by itself at each interval; the verdict is the first payment's, with `subscription`."""
        raise self._missing(Operation.SUBSCRIPTION_SCHEDULE)

    def subscription_start(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Take the first payment and keep its means; `subscription.token` is for later charges, empty until it is known."""
        raise self._missing(Operation.SUBSCRIPTION_START)

    def subscription_pay(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Charge a token without its customer. A bank that wants to see the customer is a decline (`hardness`)."""
        raise self._missing(Operation.SUBSCRIPTION_PAY)

    def subscription_update(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Change amount or interval of a subscription that the PSP runs, from its next charge on."""
        raise self._missing(Operation.SUBSCRIPTION_UPDATE)

    def subscription_fetch(self, call: Call, request: SubscriptionRequest) -> tuple[Verdict, ...]:
        """Read a subscription: its own verdict first, then those of the charges that the PSP made, oldest first.

        Raises `Unavailable` when no answer was had; a PSP that knows no such subscription is the verdict NOT_FOUND.
        """
        raise self._missing(Operation.SUBSCRIPTION_FETCH)

    def subscription_expire(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """End a subscription, or give a kept token up: at once, or `at_period_end`."""
        raise self._missing(Operation.SUBSCRIPTION_EXPIRE)

    def link_create(self, call: Call, request: PayRequest) -> Verdict:
        """Make a link by which a customer pays later, once; `method` is not looked at. The verdict is its payment's."""
        raise self._missing(Operation.LINK_CREATE)

    def link_expire(self, call: Call, request: CancelRequest) -> Verdict:
        """End a link that nobody has paid by; who is on its page already may be able to finish."""
        raise self._missing(Operation.LINK_EXPIRE)

    def move_test_clock(self, call: Call, to: datetime) -> datetime:
        """Have the PSP live on to a moment, for the subscriptions of this test account; returns its time afterwards.

        Offered with `Feature.TEST_CLOCK`. What is due by then has been charged; its notifications are on their way.
        """
        raise Unsupported(f"{self.display_name} has no test clock.")

    def check_connection(self, call: Call) -> str:
        """Ask the PSP something that changes nothing, with the account's credentials; return what it told, for people.

        Offered with `checks_connection`. Raises `AuthFailed`, `Rejected` or `Unavailable`.
        """
        raise Unsupported(f"{self.display_name} has no call that only tries the credentials.")

    def utility(self, call: Call, request: UtilityRequest) -> Mapping[str, Any]:
        """Make one of the provider's own helper calls."""
        raise self._missing(Operation.UTILITY)

    def notification(self, account: Account, request: InboundRequest, tolerance: timedelta) -> Notification:
        """Verify and read what the PSP sent. Pure: no I/O. Raises `WebhookRejected`."""
        raise self._missing(Operation.NOTIFICATION)

    def offers(self, operation: Operation, *, method: str | None = None) -> bool:
        """Tell whether an operation (and, where given, a payment method) is offered."""
        return operation in self.operations and (method is None or method in self.methods)

    def takes(self, currency: str) -> bool:
        """Tell whether payments in a currency are taken."""
        return self.currencies is None or currency in self.currencies

    def _missing(self, operation: Operation) -> Exception:
        if operation in self.operations:
            return NotImplementedError(
                f"{type(self).__name__} declares {operation.value} but has no {operation.value}()"
            )
        return Unsupported(f"{self.display_name} does not offer {operation.value}")
