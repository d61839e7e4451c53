"""The payment that every benchmark makes."""

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.models import Mode, Project
from payments.services.pay import PayCommand


def pay_command(project: Project) -> PayCommand:
    """Make the command for the service; every one is a new order."""
    return PayCommand(
        project=project,
        mode=Mode.TEST,
        provider="instant",
        method="credit-cards",
        money=Money(1299, "EUR"),
        shop_transaction_id=f"order-{ids.new_uuid().hex}",
    )
