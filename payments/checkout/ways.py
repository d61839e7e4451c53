"""The ways to pay, as a page shows them."""

from collections import Counter
from dataclasses import dataclass

from payments.selectors.accounts import provider_name
from payments.selectors.offered import OfferedMethod

from .words import Words


@dataclass(frozen=True, slots=True)
class Way:
    """One button: `value` is what it sends, `through` names the provider where two offer the same."""

    value: str
    label: str
    through: str = ""


def ways(offered: tuple[OfferedMethod, ...], words: Words) -> list[Way]:
    """Make the buttons, in the order of the offer."""
    same = Counter(each.method for each in offered)
    return [
        Way(
            value=value_of(each),
            label=name_of(each.method, words),
            through=provider_name(each.provider) if same[each.method] > 1 else "",
        )
        for each in offered
    ]


def value_of(method: OfferedMethod) -> str:
    """Return what the button of a method sends."""
    return f"{method.provider}/{method.method}/{method.account_name}"


def name_of(method: str, words: Words) -> str:
    """Name a method to a customer; one that the hub has no words for by its code."""
    key = f"methods.{method}"
    return str(words.say(key)) if key in words else method.replace("-", " ").replace("_", " ").capitalize()
