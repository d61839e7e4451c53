"""What a person may do to a payment now. Pure reads: from amounts, undecided attempts and what the provider offers.

The services check again under the payment's lock; what is possible here may be refused there a moment later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.domain.attempt import CLOSING, EXCLUSIVE, PAYING, AttemptState
from payments.models import Attempt, Payment
from providers import registry
from providers.port import Driver
from providers.types import Feature, Operation


@dataclass(frozen=True, slots=True)
class Possible:
    """What may be done. Amounts are minor units, 0 where it may not be done at all.

    `refund_whole_only`, `capture_whole_only`: the provider takes no part of it. `refund_over_chargeback` is the most that
    may be refunded with the override after a chargeback. `undecided` can be asked about, `in_doubt` decided by a person.
    """

    refund: int = 0
    refund_over_chargeback: int = 0
    refund_whole_only: bool = False
    capture: int = 0
    capture_whole_only: bool = False
    several_captures: bool = False
    cancel: int = 0
    expire: int = 0
    undecided: tuple[Attempt, ...] = ()
    in_doubt: tuple[Attempt, ...] = ()


def possible_actions(payment: Payment, attempts: Sequence[Attempt]) -> Possible:
    """Tell what may be done to a payment; asks the database nothing. `attempts` are all of the payment's."""
    ends_here = _ends_here(payment, attempts)
    in_doubt = tuple(attempt for attempt in attempts if attempt.state == AttemptState.UNKNOWN)
    try:
        driver = registry.get(payment.provider)
    except registry.UnknownProvider:
        return Possible(
            cancel=ends_here, expire=ends_here, in_doubt=in_doubt
        )  # nobody can be asked, but a person may still know
    refund, over = _refund(payment, driver)
    running = any(attempt.is_undecided and attempt.kind in EXCLUSIVE for attempt in attempts)
    waiting = _waiting_for_customer(attempts)
    may_end = bool({Operation.CANCEL, Operation.EXPIRE} & driver.operations)
    held = 0 if running else payment.capturable
    unasked = payment.amount if not attempts and payment.claimed_shop_transaction_id is not None else 0
    return Possible(
        refund=refund,
        refund_over_chargeback=over,
        refund_whole_only=Feature.PARTIAL_REFUND not in driver.features,
        capture=held if Operation.CAPTURE in driver.operations else 0,
        capture_whole_only=Feature.PARTIAL_CAPTURE not in driver.features,
        several_captures=Feature.MULTIPLE_CAPTURES in driver.features,
        # What waits for a step before its charge ends here alone: the provider knows nothing of it.
        cancel=ends_here or ((waiting or held or unasked) if may_end else 0),
        expire=ends_here or ((waiting or unasked) if may_end else 0),
        undecided=tuple(a for a in attempts if a.is_undecided) if Operation.FETCH in driver.operations else (),
        in_doubt=in_doubt,
    )


def refund_possible(payment: Payment) -> bool:
    """Tell whether some of it may be refunded, without an override; asks the database nothing."""
    try:
        return _refund(payment, registry.get(payment.provider))[0] > 0
    except registry.UnknownProvider:
        return False


def _ends_here(payment: Payment, attempts: Sequence[Attempt]) -> int:
    """Return the amount of a payment in the checkout of which nothing waits at a provider, 0 of any other."""
    counts = payment.claimed_shop_transaction_id is not None and not payment.captured and not payment.authorized
    waits = any(attempt.is_undecided for attempt in attempts)
    return payment.amount if payment.in_checkout and counts and not waits else 0


def _refund(payment: Payment, driver: Driver) -> tuple[int, int]:
    """Tell how much may be refunded, and how much with the override: exclusive of each other."""
    if Operation.REFUND not in driver.operations or payment.captured == 0:
        return 0, 0
    bound = payment.captured - payment.refunded_by_us - payment.refund_reserved
    over = payment.charged_back > 0
    most = min(payment.refundable + max(0, payment.charged_back), bound) if over else payment.refundable
    if most < payment.captured and Feature.PARTIAL_REFUND not in driver.features:
        most = 0
    return (0, most) if over else (most, 0)


def _waiting_for_customer(attempts: Sequence[Attempt]) -> int:
    """Return the amount that waits for its customer, 0 where nothing does or where it is being closed already."""
    if any(attempt.kind in CLOSING and attempt.is_undecided for attempt in attempts):
        return 0
    return next((a.amount for a in attempts if a.kind in PAYING and a.state == AttemptState.PENDING), 0)
