"""Open the payment of a saga that was created here, before its method is known."""

from paymenthub.kernel.errors import DuplicateTransaction
from paymenthub.kernel.money import Money
from payments.models import FlowSaga, Payment
from payments.services.open_payment import OpenCommand, open_payment

from .metadata import part
from .paying import buyer_in, not_in_columns


def open_saga(saga: FlowSaga, *, evidence: str) -> Payment:
    """Return the saga's payment, opened if nobody has paid it or asked for it yet. The API has checked its metadata.

    Raises DuplicateTransaction where another payment has its shop transaction id.
    """
    metadata = saga.metadata
    more, redirects = part(metadata, "additionalData"), part(metadata, "payRequestData")
    payment = open_payment(
        OpenCommand(
            project=saga.project,
            mode=saga.mode,
            money=Money(metadata["amount"], metadata["currency"]),
            shop_transaction_id=metadata["shopTransactionId"],
            description=metadata.get("description") or "",
            locale=metadata.get("locale") or "",
            buyer=buyer_in(metadata),
            additional_data={name: value for name, value in more.items() if name != "buyer"},
            success_redirect_url=redirects.get("successRedirect") or "",
            failure_redirect_url=redirects.get("failureRedirect") or "",
            payment_id=saga.id,
            saga_metadata=not_in_columns(metadata),
            evidence=evidence,
        )
    )
    if payment.id != saga.id:
        raise DuplicateTransaction("Another payment has this shopTransactionId.", param="shopTransactionId")
    return payment
