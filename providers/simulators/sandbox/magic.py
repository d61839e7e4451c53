"""Know every fault that Sandpay can play, and the amount ending that asks for it.

This is the one table: the last two digits of an amount (from 100 on) pick a row; every other ending approves. Endings
that ordinary prices have (00 to 60, 70, 75, 80, 85, 90 to 99) are left alone.
"""

import dataclasses
from typing import Literal

Group = Literal["outcome", "answer", "webhook", "refund"]
OutcomeKind = Literal["approve", "decline", "three_d_secure", "pending_paid", "pending_declined"]
SMALLEST_MAGIC_AMOUNT = 100


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What becomes of the customer's payment; `code` is the decline code."""

    kind: OutcomeKind
    code: str = ""


@dataclasses.dataclass(frozen=True)
class Fault:
    """One row of the table. `group` says what it bends: the outcome, the HTTP answer, the webhooks or the refund."""

    ending: int
    name: str
    group: Group
    effect: str
    outcome: Outcome | None = None


APPROVE = Outcome("approve")


def _decline(ending: int, code: str, effect: str) -> Fault:
    return Fault(ending, f"decline_{code}", "outcome", effect, Outcome("decline", code))


FAULTS = (
    _decline(61, "insufficient_funds", "Declined: insufficient_funds."),
    _decline(62, "expired_card", "Declined: expired_card."),
    _decline(63, "do_not_honor", "Declined: do_not_honor."),
    _decline(64, "stolen_card", "Declined: stolen_card (hard: must not be tried again)."),
    _decline(65, "processing_error", "Declined: processing_error."),
    Fault(66, "three_d_secure", "outcome", "The customer must confirm a 3-D Secure step.", Outcome("three_d_secure")),
    Fault(67, "pending_then_paid", "outcome", "Processing, then paid.", Outcome("pending_paid")),
    Fault(
        68,
        "pending_then_declined",
        "outcome",
        "Processing, then declined (do_not_honor).",
        Outcome("pending_declined", "do_not_honor"),
    ),
    Fault(69, "delay", "answer", "Charged; the answer comes late."),
    Fault(71, "no_answer_after_charge", "answer", "Charged; the connection is held open and no answer ever comes."),
    Fault(72, "error_before_charge", "answer", "HTTP 500; nothing was charged and nothing is remembered."),
    Fault(73, "error_after_charge", "answer", "Charged, then HTTP 500."),
    Fault(74, "close_after_charge", "answer", "Charged; the connection is closed without a byte."),
    Fault(76, "garbage_after_charge", "answer", "Charged; the answer is an HTML page with status 200."),
    Fault(
        77,
        "unknown_status",
        "answer",
        "Charged; the answer holds a status word that nobody knows. Asked again, it is right.",
    ),
    Fault(78, "webhook_early", "webhook", "Charged; the webhook is delivered before the answer is sent."),
    Fault(79, "webhook_duplicate", "webhook", "Charged; the same event is delivered twice."),
    Fault(81, "webhook_out_of_order", "webhook", "Charged; payment.paid comes first, payment.authorized afterwards."),
    Fault(
        82, "webhook_forged", "webhook", "Charged; a webhook with a wrong signature comes first, the real one later."
    ),
    Fault(
        83, "webhook_wrong_amount", "webhook", "Charged; a signed webhook says amount + 1, the right one comes later."
    ),
    Fault(84, "webhook_never", "webhook", "Charged; no webhook is ever sent."),
    Fault(86, "refund_pending", "refund", "Approved. A refund of such an amount is pending, then succeeds."),
    Fault(87, "refund_fails", "refund", "Approved. A refund of such an amount fails (refund_not_possible)."),
    Fault(88, "refund_reversed", "refund", "Approved. A refund of such an amount succeeds and is reversed later."),
)

BY_NAME = {fault.name: fault for fault in FAULTS}
_BY_ENDING = {fault.ending: fault for fault in FAULTS}
UNKNOWN_STATUS_WORD = "under_observation"


def for_amount(amount: int) -> Fault | None:
    """Return the fault that `amount` (minor units) asks for."""
    return _BY_ENDING.get(amount % 100) if amount >= SMALLEST_MAGIC_AMOUNT else None
