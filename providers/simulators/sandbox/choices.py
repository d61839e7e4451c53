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
    later: str = ""
    """What charges of a kept token do once this was chosen: the name of a fault."""


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


KEPT = (
    Choice(
        "later_poor", "Debit card", "Approved; short of funds later", "brick", APPROVE, "decline_insufficient_funds"
    ),
    Choice("later_stolen", "Stolen card", "Approved; stolen later", "stone", APPROVE, "decline_stolen_card"),
    Choice("later_secure", "Strict bank", "Approved; wants you to be there later", "plum", APPROVE, "three_d_secure"),
)
"""Further choices where the card is kept."""

ANY = "any"
"""The method of a payment by link until its customer chooses one."""


def offered(method: str, *, keeps: bool = False) -> dict[str, tuple[Choice, ...]]:
    """Return what the page offers, by method: one of them, or all."""
    if method == ANY:
        return CHOICES
    return {method: CHOICES[method] + (KEPT if keeps and method == "card" else ())}


def find(method: str, value: str, *, keeps: bool = False) -> tuple[str, Choice] | None:
    """Return the choice that a form names, with its method."""
    found = ((name, choice) for name, choices in offered(method, keeps=keeps).items() for choice in choices)
    return next((each for each in found if each[1].value == value), None)
