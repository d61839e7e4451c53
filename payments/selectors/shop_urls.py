"""Where a customer goes on in the shop, and what the shop is told by the address."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from payments.models import Payment

from .status import Status, status_of


def shop_url(payment: Payment) -> str:
    """Return the shop's address for how the payment stands; while it is not decided, and where it failed, the one for failures.

    Empty where the shop has given none.
    """
    status = status_of(payment)
    held = payment.authorized > 0 and status is Status.PENDING
    url = payment.success_redirect_url if held or status is Status.ACCEPTED else payment.failure_redirect_url
    return with_outcome(url, payment, status) if url else ""


def with_outcome(url: str, payment: Payment, status: Status) -> str:
    """Add what the shop needs to a redirect URL, keeping its own query and fragment."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [
        ("paymentId", payment.wire_id),
        ("shopTransactionId", payment.shop_transaction_id),
        ("status", status.value),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))
