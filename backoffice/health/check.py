"""One line of the page of the system's health: what it is, how it is, by which limit, and what to do about it."""

from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext as _


class Light(IntEnum):
    """Green, amber, red; grey where it cannot be known."""

    GREEN = 0
    GREY = 1
    AMBER = 2
    RED = 3

    @property
    def word(self) -> str:
        """Say it, so that nobody needs the colour."""
        return {
            Light.GREEN: _("Good"),
            Light.GREY: _("Not known"),
            Light.AMBER: _("Look at it"),
            Light.RED: _("Trouble"),
        }[self]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at. `limit` says when it is amber and red, `step` what to do where it is not green."""

    name: str
    value: str
    light: Light
    limit: str = ""
    step: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together. Where they are not `lit` they only tell something."""

    title: str
    checks: tuple[Check, ...]
    lit: bool = True


def light_of(value: float, *, amber: float, red: float) -> Light:
    """Say how a number is, that is the worse the higher it is."""
    if value >= red:
        return Light.RED
    return Light.AMBER if value >= amber else Light.GREEN


def span(seconds: float) -> str:
    """Write a span of time for people."""
    if seconds < 90:
        return _("%(number)d s") % {"number": round(seconds)}
    if seconds < 5400:
        return _("%(number)d min") % {"number": round(seconds / 60)}
    if seconds < 172800:
        return _("%(number)d h") % {"number": round(seconds / 3600)}
    return _("%(number)d days") % {"number": round(seconds / 86400)}


def aged(*, amber: float, red: float) -> str:
    """Write the limits of an age."""
    return _("amber from %(amber)s, red from %(red)s") % {"amber": span(amber), "red": span(red)}
