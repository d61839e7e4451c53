"""What the business states are called, and their colours: those of the published backoffice where it has one."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_DARK, _LIGHT = "#101418", "#ffffff"


@dataclass(frozen=True, slots=True)
class Look:
    """A label with its colour, and the text colour that is readable on it (at least 4.5 to 1)."""

    label: str | Promise
    sign: str
    colour: str
    ink: str


BUSINESS_STATES: dict[int, Look] = {
    0: Look(gettext_lazy("Created"), "∞", "#FA6B02", _DARK),
    1: Look(gettext_lazy("Paid"), "✓", "#349E47", _DARK),
    2: Look(gettext_lazy("Partially refunded"), "↺", "#D574F2", _DARK),
    3: Look(gettext_lazy("Totally refunded"), "↺", "#542C9E", _LIGHT),
    20: Look(gettext_lazy("Authorised"), "◐", "#1D5FD1", _LIGHT),
    1000: Look(gettext_lazy("Failed"), "✘", "#F03838", _DARK),
    1001: Look(gettext_lazy("Cancelled"), "–", "#5B6472", _LIGHT),
    1002: Look(gettext_lazy("Expired"), "◷", "#7A5B12", _LIGHT),
    1010: Look(gettext_lazy("Charged back"), "⚠", "#8C1C1C", _LIGHT),
}
IN_DOUBT = Look(gettext_lazy("In doubt"), "?", "#FFD54A", _DARK)


def look_of(business_state: int) -> Look:
    """Return the look of a business state; a neutral one for those of a machine of one's own."""
    return BUSINESS_STATES.get(business_state) or Look(
        _("State %(number)s") % {"number": business_state}, "•", "#5B6472", _LIGHT
    )


def chip(look: Look, *, title: str = "") -> SafeString:
    """Draw a label."""
    return format_html(
        '<span class="hub-chip" style="--chip:{};--ink:{}"{}><span aria-hidden="true">{}</span> {}</span>',
        look.colour,
        look.ink,
        format_html(' title="{}"', title) if title else "",
        look.sign,
        look.label,
    )


def status_chip(business_state: int, *, in_doubt: bool = False) -> SafeString:
    """Draw a payment's status, with the mark of doubt beside it."""
    mark = chip(IN_DOUBT, title=_("Sent to the provider, and nobody knows the outcome yet.")) if in_doubt else ""
    return format_html('<span class="hub-chips">{}{}</span>', chip(look_of(business_state)), mark)
