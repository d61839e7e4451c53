"""A provider whose PSP takes every payment at once, without a network: what is left is the hub's own cost."""

from providers.port import Call, Driver
from providers.types import (
    Operation,
    Outcome,
    PayRequest,
    Reference,
    Subject,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)


class InstantDriver(Driver):
    """Says yes."""

    code = "instant"
    display_name = "Instant"
    operations = frozenset({Operation.PAY, Operation.SUBSCRIPTION_START, Operation.SUBSCRIPTION_PAY})
    methods = ("credit-cards",)

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        """Approve."""
        return Verdict(
            Subject.PAYMENT,
            Outcome.SUCCEEDED,
            request.money,
            references=(Reference("payment", f"psp_{call.attempt_reference}"),),
        )

    def subscription_start(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Approve, and keep the means."""
        return self._approved(call, request, token=f"tok_{call.attempt_reference}")

    def subscription_pay(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Approve."""
        return self._approved(call, request, token=request.token)

    def _approved(self, call: Call, request: SubscriptionRequest, *, token: str) -> Verdict:
        assert request.pay is not None
        return Verdict(
            Subject.PAYMENT,
            Outcome.SUCCEEDED,
            request.pay.money,
            references=(Reference("payment", f"psp_{call.attempt_reference}"),),
            subscription=SubscriptionState(token, SubscriptionStatus.ACTIVE),
        )
