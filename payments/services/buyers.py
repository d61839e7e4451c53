"""Say where a payment's buyer is written to."""

import uuid

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.models import Payment


def set_buyer_email(payment_id: uuid.UUID, email: str, *, may_replace: bool) -> Payment:
    """Keep a buyer's address. Raises InvalidField where there is another one that the caller may not replace."""
    with db.durable():
        payment = locks.payment(payment_id)
        known = str(payment.buyer.get("email", ""))
        if known and known != email and not may_replace:
            raise InvalidField("This payment's buyer has another address.", param="email")
        if known != email:
            payment.buyer = {**payment.buyer, "email": email}
            payment.save(update_fields=["buyer", "updated_at"])
    return payment
