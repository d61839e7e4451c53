"""What keeps strangers from wearing a checkout out: rates by address, link and payment, and the card-testing guard.

Without the cache the rates let everybody in (open): a shop must not close since a cache is away, and the database bounds
the tries of each payment anyway. Where the guard of a whole project has tripped, nobody gets in without it (closed): an
attack is known to run, and nobody can tell honest customers from it.
"""

import math

from django.conf import settings
from django.core.cache import cache

from paymenthub.kernel import clock
from paymenthub.kernel.client_address import bucket_of
from paymenthub.kernel.errors import RateLimited
from payments.models import GuardTrip, Payment

from . import card_testing, rates

_TOO_MANY = "Too many tries from here. Wait a little, then try again."


class GuardTripped(RateLimited):
    """The card-testing guard holds new tries from here back; `retry_after` says for how long."""

    code = "card_testing_guard"


def guard_open(ip: str, what: str, *, link: str = "") -> None:
    """Count that an address opens a page, a session or a link (`link` is its id). Raises RateLimited."""
    if link:
        rates.limit(settings.CHECKOUT_RATE_PER_LINK, "link", link, "This link is opened too often at the moment.")
    _per_address(settings.CHECKOUT_RATE_PER_IP, f"open:{what}", ip)


def guard_choose(payment: Payment, ip: str) -> None:
    """Count that a customer begins to pay, and remember from where. Raises RateLimited, GuardTripped.

    Call it before `choose`: what it refuses was not begun.
    """
    rates.limit(settings.CHECKOUT_TRIES_PER_PAYMENT, "payment", payment.id.hex, _TOO_MANY)
    _per_address(settings.CHECKOUT_TRIES_PER_IP, "choose", ip)
    trips = card_testing.trips_of(payment.project_id, payment.mode, ip)
    whole = trips.pop(card_testing.PROJECT, None)
    for trip in trips.values():
        raise GuardTripped(_TOO_MANY, retry_after=_seconds_left(trip))
    if whole is not None and not _has_turn(payment, ip):
        raise GuardTripped(_TOO_MANY, retry_after=min(settings.CARD_TESTING_PAUSE, _seconds_left(whole)))
    if ip:
        card_testing.remember_address(payment.id, ip)


def guard_keyless(ip: str) -> None:
    """Count an API call without a valid key. Raises RateLimited."""
    _per_address(settings.KEYLESS_RATE_PER_IP, "keyless", ip, "Too many calls without a valid key.")


def _per_address(rate: str, what: str, ip: str, message: str = _TOO_MANY) -> None:
    # Where nobody knows the address all customers would be counted as one.
    if ip:
        rates.limit(rate, what, bucket_of(ip), message)


def _has_turn(payment: Payment, ip: str) -> bool:
    """While a whole project is under attack an address has one payment a pause: an honest customer needs no more."""
    key = f"guard:turn:{payment.project_id.hex}:{payment.mode}:{rates.digest(bucket_of(ip))}"
    if rates.pause.holds():
        return False
    try:
        if cache.add(key, payment.id.hex, settings.CARD_TESTING_PAUSE):
            return True
        return bool(cache.get(key) == payment.id.hex)
    except Exception as error:  # noqa: BLE001 - whatever the client raises
        rates.failed(error)
        return False


def _seconds_left(trip: GuardTrip) -> int:
    return max(1, math.ceil((trip.until - clock.now()).total_seconds()))
