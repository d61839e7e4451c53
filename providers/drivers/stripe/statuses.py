"""What Stripe's status words mean. A word that is not here is PENDING: never a success, never a failure."""

from providers.types import Outcome, SubscriptionStatus

# (status, payment_status) of a Checkout Session. «complete» and «unpaid» is a held or a delayed payment: the intent tells.
SESSION = {
    ("open", "unpaid"): Outcome.ACTION_REQUIRED,
    ("open", "paid"): Outcome.SUCCEEDED,
    ("open", "no_payment_required"): Outcome.PENDING,
    ("complete", "unpaid"): Outcome.PENDING,
    ("complete", "paid"): Outcome.SUCCEEDED,
    ("complete", "no_payment_required"): Outcome.SUCCEEDED,
    ("expired", "unpaid"): Outcome.EXPIRED,
    ("expired", "paid"): Outcome.SUCCEEDED,
    ("expired", "no_payment_required"): Outcome.EXPIRED,
}

# A PaymentIntent. «requires_payment_method» is where it starts, and where it falls back to when the bank said no: with
# a last_payment_error it is DECLINED.
INTENT = {
    "succeeded": Outcome.SUCCEEDED,
    "requires_capture": Outcome.AUTHORIZED,
    "requires_action": Outcome.ACTION_REQUIRED,
    "requires_confirmation": Outcome.PENDING,
    "requires_payment_method": Outcome.PENDING,
    "processing": Outcome.PENDING,
    "canceled": Outcome.CANCELLED,
}

# «requires_action»: Stripe asks the customer by mail for bank details, so there is nowhere to send anybody.
REFUND = {
    "succeeded": Outcome.SUCCEEDED,
    "pending": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "failed": Outcome.DECLINED,
    "canceled": Outcome.CANCELLED,
}

# An invoice of a subscription. «open» is DECLINED once it was tried: Stripe tries again by itself, and may still succeed.
INVOICE = {
    "draft": Outcome.PENDING,
    "open": Outcome.PENDING,
    "paid": Outcome.SUCCEEDED,
    "uncollectible": Outcome.DECLINED,
    "void": Outcome.CANCELLED,
}

# «canceled» is EXPIRED where its end was agreed before. «incomplete_expired»: nobody made the first payment.
SUBSCRIPTION = {
    "incomplete": SubscriptionStatus.PENDING,
    "incomplete_expired": SubscriptionStatus.CANCELED,
    "trialing": SubscriptionStatus.ACTIVE,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.PAST_DUE,
    "paused": SubscriptionStatus.PAST_DUE,
    "canceled": SubscriptionStatus.CANCELED,
}

# Of a dispute, SUCCEEDED means that the money was taken from the merchant. An inquiry
# (warning_…) takes none and neither does a prevented one: PENDING, for nothing moved.
DISPUTE = {
    "needs_response": Outcome.SUCCEEDED,
    "under_review": Outcome.SUCCEEDED,
    "lost": Outcome.SUCCEEDED,
    "appeal_needs_response": Outcome.SUCCEEDED,
    "appeal_under_review": Outcome.SUCCEEDED,
    "won": Outcome.REVERSED,
    "warning_needs_response": Outcome.PENDING,
    "warning_under_review": Outcome.PENDING,
    "warning_closed": Outcome.PENDING,
    "prevented": Outcome.PENDING,
}
