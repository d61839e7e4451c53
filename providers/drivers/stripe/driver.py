"""The driver of Stripe: Checkout Sessions for a customer, PaymentIntents for a token."""

from datetime import timedelta

from providers.port import Call, Driver
from providers.types import (
    Account,
    CancelRequest,
    CaptureRequest,
    EventsPage,
    EventsRequest,
    Feature,
    FetchRequest,
    InboundRequest,
    Notification,
    Operation,
    PayRequest,
    RefundRequest,
    Subject,
    SubscriptionRequest,
    Verdict,
)

from . import amounts, config, events, links, lookup, mapping, params, subscriptions, webhook
from .client import write
from .trouble import Refusal


class StripeDriver(Driver):
    """Stripe. A payment's first reference is its Checkout Session, or its PaymentIntent where a token is charged."""

    code = "stripe"
    display_name = "Stripe"
    operations = frozenset(
        {
            Operation.PAY,
            Operation.AUTHORIZE,
            Operation.CAPTURE,
            Operation.CANCEL,
            Operation.EXPIRE,
            Operation.REFUND,
            Operation.FETCH,
            Operation.FETCH_REFUND,
            Operation.NOTIFICATION,
            Operation.LIST_EVENTS,
            Operation.SUBSCRIPTION_SCHEDULE,
            Operation.SUBSCRIPTION_START,
            Operation.SUBSCRIPTION_PAY,
            Operation.SUBSCRIPTION_UPDATE,
            Operation.SUBSCRIPTION_FETCH,
            Operation.SUBSCRIPTION_EXPIRE,
            Operation.LINK_CREATE,
            Operation.LINK_EXPIRE,
        }
    )
    features = frozenset({Feature.PARTIAL_CAPTURE, Feature.PARTIAL_REFUND})
    methods = tuple(params.METHODS)
    currencies = amounts.CURRENCIES
    intervals = subscriptions.INTERVALS
    config_fields = config.FIELDS
    idempotency_window = timedelta(hours=24)
    checks_connection = True

    def check_pay(self, request: PayRequest) -> None:
        """Refuse what Stripe could not take."""
        params.check(request)

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        """Charge a token, or open a hosted page."""
        return self._create(call, request, manual=False)

    def authorize(self, call: Call, request: PayRequest) -> Verdict:
        """Hold money on a token, or open a hosted page that does."""
        return self._create(call, request, manual=True)

    def capture(self, call: Call, request: CaptureRequest) -> Verdict:
        """Take held money."""
        intent_id = lookup.intent_of(call, request.references)
        asked = params.capture(call, request)
        answer = write(
            call,
            lambda api, options: mapping.capture(api.v1.payment_intents.capture(intent_id, asked, options)),
        )
        if isinstance(answer, Refusal):
            if answer.is_card:
                return mapping.refused(answer, Subject.CAPTURE, request.money, call.attempt_reference)
            raise answer.rejected()
        return answer

    def cancel(self, call: Call, request: CancelRequest) -> Verdict:
        """Release held money, or close a page that nobody has paid on."""
        session_id = lookup.known(request.references, "session")
        if not session_id and lookup.known(request.references, "link"):
            return links.expire(call, request)
        if not session_id:
            return self._cancel(call, lookup.intent_of(call, request.references))
        intent_id = lookup.paid_intent_of(call, session_id)  # of an open page Stripe ends the page, not its intent
        return self._cancel(call, intent_id) if intent_id else self._expire(call, session_id)

    def expire(self, call: Call, request: CancelRequest) -> Verdict:
        """Close a page; Stripe refuses where it is no longer open. A charged token has no page: it is cancelled."""
        session_id = lookup.known(request.references, "session")
        if session_id:
            return self._expire(call, session_id)
        if lookup.known(request.references, "link"):
            return links.expire(call, request)
        return self._cancel(call, lookup.intent_of(call, request.references))

    def refund(self, call: Call, request: RefundRequest) -> Verdict:
        """Give money back."""
        asked = params.refund(call, request, lookup.intent_of(call, request.references))
        answer = write(call, lambda api, options: mapping.refund(api.v1.refunds.create(asked, options)))
        if isinstance(answer, Refusal):
            raise answer.rejected()
        return answer

    def check_subscription(self, request: SubscriptionRequest, operation: Operation | None = None) -> None:
        """Refuse a subscription that Stripe could not take."""
        subscriptions.check(request, operation)

    def subscription_schedule(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Open a page that begins a subscription; its token is known once the page is complete."""
        return subscriptions.schedule(call, request)

    def subscription_start(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Open a page, or charge a means, and keep it: its token is known once it was paid with."""
        return subscriptions.start(call, request)

    def subscription_pay(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Charge a kept means off session."""
        return subscriptions.charge(call, request)

    def subscription_update(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Change amount, rhythm or end of a subscription that Stripe runs."""
        return subscriptions.update(call, request)

    def subscription_fetch(self, call: Call, request: SubscriptionRequest) -> tuple[Verdict, ...]:
        """Read a subscription with its invoices, or a kept means."""
        return subscriptions.fetch(call, request)

    def subscription_expire(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Cancel a subscription, or detach a kept means."""
        return subscriptions.expire(call, request)

    def link_create(self, call: Call, request: PayRequest) -> Verdict:
        """Make a Payment Link. It has no end of its own: whoever wants one ends it."""
        return links.create(call, request)

    def link_expire(self, call: Call, request: CancelRequest) -> Verdict:
        """Switch a Payment Link off; a session that was opened by it before may still be paid."""
        return links.expire(call, request)

    def fetch(self, call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
        """Read a payment by its id, or by our mark on the newest ones."""
        return lookup.payment(call, request)

    def fetch_refund(self, call: Call, request: FetchRequest) -> Verdict:
        """Read a refund, by its id or by its mark among the refunds of its payment."""
        return lookup.refund(call, request)

    def list_events(self, call: Call, request: EventsRequest) -> EventsPage:
        """Read the events since a moment, newest first; Stripe keeps them for 30 days."""
        return events.page(call, request)

    def check_connection(self, call: Call) -> str:
        """Read the newest event, which the hub must be able to anyway."""
        return lookup.connection(call)

    def notification(self, account: Account, request: InboundRequest, tolerance: timedelta) -> Notification:
        """Verify and read a notification."""
        secrets = [account.config[name] for name in ("webhook_secret", "webhook_secret_2") if account.config.get(name)]
        webhook.verify(request, secrets, tolerance)
        return webhook.read(request, account.config.get("account_id", ""))

    def _create(self, call: Call, request: PayRequest, *, manual: bool) -> Verdict:
        if "paymentMethod" in request.provider_data:
            charge = params.intent(call, request, manual=manual)
            answer = write(call, lambda api, options: mapping.intent(api.v1.payment_intents.create(charge, options)))
        else:
            page = params.session(call, request, manual=manual)
            answer = write(call, lambda api, options: mapping.session(api.v1.checkout.sessions.create(page, options)))
        if isinstance(answer, Refusal):
            if answer.is_card:
                return mapping.refused(answer, Subject.PAYMENT, request.money, call.attempt_reference)
            raise answer.rejected()
        return answer

    def _expire(self, call: Call, session_id: str) -> Verdict:
        answer = write(
            call,
            lambda api, options: mapping.session(api.v1.checkout.sessions.expire(session_id, options=options)),
        )
        if isinstance(answer, Refusal):
            raise answer.rejected()
        return answer

    def _cancel(self, call: Call, intent_id: str) -> Verdict:
        asked = params.cancelled()
        answer = write(
            call,
            lambda api, options: mapping.intent(api.v1.payment_intents.cancel(intent_id, asked, options)),
        )
        if isinstance(answer, Refusal):
            raise answer.rejected()
        return answer
