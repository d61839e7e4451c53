"""List what a customer may choose on the payment page: named test means, never a number to type."""

import dataclasses

from .magic import APPROVE, Outcome


@dataclasses.dataclass(frozen=True)
class Choice:
    """One radio button; `look` picks its little picture."""

    value: str
    label: str
    detail: str
    look: str
    outcome: Outcome


CHOICES: dict[str, tuple[Choice, ...]] = {
    "card": (
        Choice("visa", "Visa", "Approved", "sea", APPROVE),
        Choice("poor", "Mastercard", "Insufficient funds", "brick", Outcome("decline", "insufficient_funds")),
        Choice("expired", "Visa, expired", "Expired card", "stone", Outcome("decline", "expired_card")),
        Choice("three_d_secure", "Visa Secure", "Asks for 3-D Secure", "plum", Outcome("three_d_secure")),
        Choice("later", "Maestro", "Settles later", "olive", Outcome("pending_paid")),
    ),
    "wallet": (
        Choice("wallet", "Full wallet", "Approved", "sea", APPROVE),
        Choice("empty", "Empty wallet", "Insufficient funds", "brick", Outcome("decline", "insufficient_funds")),
        Choice("locked", "Careful wallet", "Asks for a confirmation", "plum", Outcome("three_d_secure")),
    ),
    "bank_debit": (
        Choice("bank", "Harbour Bank", "Debited at once", "sea", APPROVE),
        Choice("slow", "Slow Savings Bank", "Settles later", "olive", Outcome("pending_paid")),
        Choice("returned", "Bounce & Sons", "Pending, then returned", "brick", Outcome("pending_declined")),
        Choice("refused", "Closed account", "Refused", "stone", Outcome("decline", "do_not_honor")),
    ),
}


ANY = "any"
"""The method of a payment by link until its customer chooses one."""


def offered(method: str) -> dict[str, tuple[Choice, ...]]:
    """Return what the page offers, by method: one of them, or all."""
    return CHOICES if method == ANY else {method: CHOICES[method]}


def find(method: str, value: str) -> tuple[str, Choice] | None:
    """Return the choice that a form names, with its method."""
    found = ((name, choice) for name, choices in offered(method).items() for choice in choices)
    return next((each for each in found if each[1].value == value), None)
