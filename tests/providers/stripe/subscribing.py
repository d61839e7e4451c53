"""How Stripe is brought to each scenario of a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paymenthub.kernel.money import Money
from providers.types import Decline, DeclineReason, Outcome, Subject, SubscriptionRequest, Verdict
from tests.providers.contract.bench import Bench
from tests.providers.contract.harness import Heard

from .said import PART, PRICE, intent, invoice, pay_request, refused, session, subscription

if TYPE_CHECKING:
    from .scenarios import StripeHarness

VISA = "pm_card_visa"


class Subscribing:
    """The part of the harness that knows subscriptions."""

    def _subscription_scheduled(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        request = SubscriptionRequest(pay_request(), interval="MONTH", shop_reference="order-1")
        return request, lambda: session(self.latest(bench, "checkout/sessions"), Outcome.ACTION_REQUIRED)

    def _subscription_started(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        request = SubscriptionRequest(pay_request())
        return request, lambda: session(self.latest(bench, "checkout/sessions"), Outcome.ACTION_REQUIRED)

    def _subscription_paid(self: StripeHarness, bench: Bench, money: Money | None) -> tuple[SubscriptionRequest, Any]:
        request = SubscriptionRequest(pay_request(), token=f"cus_1.{VISA}")
        return request, lambda: intent(self.latest(bench, "payment_intents"), Outcome.SUCCEEDED)

    def _subscription_token_revoked(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        def expected() -> Verdict:
            gone = Decline(
                DeclineReason.TOKEN_REVOKED, "resource_missing", "No such PaymentMethod: 'pm_gone'", may_retry=False
            )
            return Verdict(
                Subject.PAYMENT,
                Outcome.DECLINED,
                PRICE,
                attempt_reference=bench.call.attempt_reference,
                decline=gone,
                raw_status="resource_missing",
            )

        return SubscriptionRequest(pay_request(), token="cus_1.pm_gone"), expected

    def _subscription_needs_customer(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        request = SubscriptionRequest(pay_request(), token="cus_1.pm_card_authenticationRequired")
        return request, lambda: refused(self.latest(bench, "payment_intents"))

    def _subscription_updated(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        request = SubscriptionRequest(None, made["id"], money=PART)

        def expected() -> Verdict:
            shown = self.get(bench, f"subscriptions/{made['id']}")
            assert shown["items"]["data"][0]["price"]["unit_amount"] == PART.amount
            return subscription(shown)

        return request, expected

    def _subscription_fetched(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        self.desk("periods", bench, made["id"])

        def expected() -> Heard:
            listed = self.get(bench, f"invoices?subscription={made['id']}")["data"]
            assert len(listed) == 2
            own = subscription(self.get(bench, f"subscriptions/{made['id']}"))
            return (own, *(invoice(each, Outcome.SUCCEEDED) for each in reversed(listed)))

        return SubscriptionRequest(None, made["id"]), expected

    def _subscription_expired(
        self: StripeHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        return SubscriptionRequest(None, made["id"]), lambda: subscription(
            self.get(bench, f"subscriptions/{made['id']}")
        )

    def subscribe(self: StripeHarness, bench: Bench, outcome: str = "pay") -> dict[str, Any]:
        """Make a monthly subscription whose first payment is made."""
        form = {"mode": "subscription", "line_items[0][price_data][recurring][interval]": "month"}
        opened = self.page(bench, **form)
        self.on_page(opened["id"], outcome)
        begun = self.get(bench, f"checkout/sessions/{opened['id']}")
        return self.get(bench, f"subscriptions/{begun['subscription']}")

    def desk(self: StripeHarness, act: str, bench: Bench, thing_id: str, **form: str) -> None:
        """Play Stripe's own part."""
        self.stripe.desk(act, key=bench.account.config["secret_key"], id=thing_id, **form)
