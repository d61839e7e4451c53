"""How Sandpay is brought to each scenario of a subscription."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from paymenthub.kernel.money import Money
from providers.types import Outcome, SubscriptionRequest, Verdict
from tests.providers.contract.bench import Bench
from tests.providers.contract.harness import Heard

from .said import PART, PRICE, pay_request, payment, subscription

if TYPE_CHECKING:
    from .scenarios import SandboxHarness


class Subscribing:
    """The part of the harness that knows subscriptions."""

    def _subscription_scheduled(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        pay = pay_request(PRICE, {})

        def expected() -> Verdict:
            shown = self.by_reference(bench, pay.shop_reference)
            whole = self.read(bench, f"/v1/subscriptions/{shown['subscription']['id']}")
            assert whole["time_zone"] == "Europe/Rome"
            return replace(payment(shown, Outcome.ACTION_REQUIRED), subscription=subscription(whole).subscription)

        return SubscriptionRequest(pay, interval="MONTH", expires_after=12, time_zone="Europe/Rome"), expected

    def _subscription_started(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        pay = pay_request(PRICE, {})
        return SubscriptionRequest(pay), lambda: payment(
            self.by_reference(bench, pay.shop_reference), Outcome.ACTION_REQUIRED
        )

    def _subscription_paid(self: SandboxHarness, bench: Bench, money: Money | None) -> tuple[SubscriptionRequest, Any]:
        return self._renewal(bench, PRICE, Outcome.SUCCEEDED)

    def _subscription_token_revoked(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        request, expected = self._renewal(bench, PRICE, Outcome.DECLINED)
        self.post(bench, f"/v1/tokens/{request.token}/revoke", {})
        return request, expected

    def _subscription_needs_customer(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        return self._renewal(bench, Money(1266, "EUR"), Outcome.DECLINED)

    def _renewal(self: SandboxHarness, bench: Bench, money: Money, outcome: Outcome) -> tuple[SubscriptionRequest, Any]:
        token = self.make(bench, PRICE, save=True)["saved_token"]["id"]
        pay = pay_request(money, {})
        return SubscriptionRequest(pay, token=token), lambda: payment(
            self.by_reference(bench, pay.shop_reference), outcome
        )

    def _subscription_updated(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        request = SubscriptionRequest(None, made["id"], "WEEK", 2, money=PART)

        def expected() -> Verdict:
            shown = self.read(bench, f"/v1/subscriptions/{made['id']}")
            assert (shown["amount"], shown["interval"], shown["interval_count"]) == (PART.amount, "week", 2)
            return subscription(shown)

        return request, expected

    def _subscription_fetched(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        self.post(bench, "/test-clock", {"advance_seconds": 40 * 86400})

        def expected() -> Heard:
            shown = self.read(bench, f"/v1/subscriptions/{made['id']}")
            assert len(shown["charges"]) == 2
            return (subscription(shown), *(payment(each, Outcome.SUCCEEDED) for each in shown["charges"]))

        return SubscriptionRequest(None, made["id"]), expected

    def _subscription_expired(
        self: SandboxHarness, bench: Bench, money: Money | None
    ) -> tuple[SubscriptionRequest, Any]:
        made = self.subscribe(bench)
        return SubscriptionRequest(None, made["id"]), lambda: subscription(
            self.read(bench, f"/v1/subscriptions/{made['id']}")
        )

    def subscribe(self: SandboxHarness, bench: Bench, **over: Any) -> dict[str, Any]:
        """Make a monthly subscription whose first payment is made."""
        body = self.sandpay.body(PRICE.amount, metadata={"hub_attempt": bench.call.attempt_reference}, **over)
        del body["capture"]
        return self.post(bench, "/v1/subscriptions", {"interval": "month", **body})
