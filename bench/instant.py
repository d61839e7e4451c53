"""A provider whose PSP takes every payment at once, without a network: what is left is the hub's own cost."""

from providers.port import Call, Driver
from providers.types import Operation, Outcome, PayRequest, Reference, Subject, Verdict


class InstantDriver(Driver):
    """Says yes."""

    code = "instant"
    display_name = "Instant"
    operations = frozenset({Operation.PAY})
    methods = ("credit-cards",)

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        """Approve."""
        return Verdict(
            Subject.PAYMENT,
            Outcome.SUCCEEDED,
            request.money,
            references=(Reference("payment", f"psp_{call.attempt_reference}"),),
        )
