"""Stripe's decline codes in the words of the hub."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel.redact import redact_text
from providers.types import Decline, DeclineReason

_AGAIN = {
    DeclineReason.INSUFFICIENT_FUNDS: (
        "insufficient_funds",
        "card_velocity_exceeded",
        "withdrawal_count_limit_exceeded",
    ),
    DeclineReason.AUTHENTICATION_REQUIRED: (
        *("authentication_required", "offline_pin_required", "online_or_offline_pin_required"),
    ),
    DeclineReason.AUTHENTICATION_FAILED: (
        *("payment_intent_authentication_failure", "authentication_not_handled", "incorrect_pin", "invalid_pin"),
    ),
    DeclineReason.PROCESSING_ERROR: (
        *("processing_error", "issuer_not_available", "try_again_later", "reenter_transaction", "approve_with_id"),
    ),
    DeclineReason.CARD_DECLINED: (
        *("card_declined", "generic_decline", "do_not_honor", "call_issuer", "no_action_taken"),
        *("incorrect_cvc", "invalid_cvc", "incorrect_number", "invalid_number", "incorrect_zip", "incorrect_address"),
        *("invalid_expiry_month", "invalid_expiry_year", "invalid_amount", "not_permitted"),
    ),
}
_NEVER_AGAIN = {
    DeclineReason.EXPIRED_CARD: ("expired_card",),
    DeclineReason.STOLEN_CARD: ("lost_card", "stolen_card", "pickup_card"),
    DeclineReason.FRAUD_SUSPECTED: ("fraudulent", "merchant_blacklist", "security_violation"),
    DeclineReason.CARD_DECLINED: (
        *("restricted_card", "card_not_supported", "currency_not_supported", "do_not_try_again", "invalid_account"),
        *("new_account_information_available", "pin_try_exceeded", "revocation_of_all_authorizations"),
        *("revocation_of_authorization", "service_not_allowed", "stop_payment_order", "testmode_decline"),
        *("transaction_not_allowed",),
    ),
    DeclineReason.OTHER: ("duplicate_transaction",),
}
CODES = {
    code: (reason, again)
    for table, again in ((_AGAIN, True), (_NEVER_AGAIN, False))
    for reason, codes in table.items()
    for code in codes
}


def decline(error: Mapping[str, Any]) -> Decline:
    """Read an error of a charge: the issuer's code where it gave one, else Stripe's own."""
    code = str(error.get("decline_code") or error.get("code") or "")
    reason, again = CODES.get(code, (DeclineReason.OTHER, True))
    if error.get("advice_code") == "do_not_try_again":
        again = False
    return Decline(reason, code=code, message=redact_text(str(error.get("message") or ""))[:255], may_retry=again)
