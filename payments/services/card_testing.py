"""The card-testing guard: many payments declined from one address, or at one project, hold new tries back for a while.

Counts live in the shared cache, and without it nothing new trips (open: a shop must not close since a cache is away).
What has tripped is a row, so it holds without the cache as well (closed: an attack is known to run).
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.client_address import bucket_of
from paymenthub.kernel.errors import WrongState
from payments.domain.attempt import PAYING, AttemptState, ItemKind
from payments.domain.checkout import SWITCHED
from payments.models import Attempt, AuditAction, GuardTrip, PaymentType
from payments.saga.change import Change
from providers.types import DeclineReason

from . import audit, rates
from .checkout_rules import By
from .operator_items import raise_item, settle_item

logger = logging.getLogger(__name__)

T = TypeVar("T")

PROJECT = "project"
"""The subject of a trip of a whole project."""
_BUCKET = 60  # seconds
_NO_SIGN = frozenset({DeclineReason.CUSTOMER_CANCELLED, DeclineReason.INVALID_REQUEST, DeclineReason.PROCESSING_ERROR})
"""Declines that say nothing of a card."""
_NEXT_STEP = (
    "Look at the declined payments in the evidence: many cards, one origin? Then block it at your firewall and tell the "
    "provider. If they are honest customers, release it under Operations → Card-testing guard."
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A payment of which a try was decided."""

    payment_id: uuid.UUID
    project_id: uuid.UUID
    mode: str
    amount: int
    is_declined: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Different payments in the window."""

    declined: int = 0
    small: int = 0
    paid: int = 0

    @property
    def ratio(self) -> float:
        """Return the share of the declined ones."""
        decided = self.declined + self.paid
        return self.declined / decided if decided else 0.0


def observe_change(change: Change) -> None:
    """Count the tries that this change decides, once it is committed: the cache is no part of a transaction."""
    payment = change.payment
    if payment.type == PaymentType.SUBSCRIPTION:
        return  # renewals of old cards are declined by the hundred, and nobody tests cards with them
    for attempt in change.changed_attempts:
        is_declined = _is_sign(attempt)
        if is_declined or (attempt.kind in PAYING and attempt.state == AttemptState.SUCCEEDED):
            decided = Decided(payment.id, payment.project_id, payment.mode, payment.amount, is_declined)
            transaction.on_commit(partial(count, decided), robust=True)


def remember_address(payment_id: uuid.UUID, address: str) -> None:
    """Keep from where a payment is tried, until its verdict comes."""
    _quietly(lambda: cache.set(_address_key(payment_id), address, 86400))


def count(decided: Decided) -> None:
    """Count one decided payment for its address and its project, and trip where that is too much."""
    for subject, counts in _quietly(lambda: _counted(decided)) or ():
        if _is_too_much(subject, counts):
            _trip(decided, subject, counts)


def trips_of(project_id: uuid.UUID, mode: str, address: str) -> dict[str, GuardTrip]:
    """Return what holds new tries of an address back at a project, by subject."""
    subjects = [PROJECT, *([_subject(address)] if address else [])]
    now = clock.now()
    rows = GuardTrip.objects.filter(project_id=project_id, mode=mode, subject__in=subjects, until__gt=now)
    return {row.subject: row for row in rows}


def release(*, trip: GuardTrip, by: By) -> None:
    """End a trip at an operator's wish and forget its counts. Raises WrongState where it has ended."""
    now = clock.now()
    with db.durable():
        held = GuardTrip.objects.filter(pk=trip.pk, until__gt=now)
        if not held.update(until=now, released_by=by.actor[:128]):
            raise WrongState("This has been released already.")
        about = _about(trip.mode, trip.subject)
        settle_item(
            project_id=trip.project_id, kind=ItemKind.CARD_TESTING, about=about, by=by.actor, resolution=by.note
        )
        draft = audit.Draft(
            action=AuditAction.RELEASE_GUARD,
            project=trip.project,
            object_id=trip.id,
            number=1,
            actor=by.actor,
            address=by.address,
            note=by.note,
        )
        audit.done(draft, f"The guard of {trip.subject} was released.", before=dict(trip.evidence), after={})
    keys = [
        key for name in ("declined", "small", "paid") for key in _keys(trip.project_id, trip.mode, trip.subject, name)
    ]
    _quietly(lambda: cache.delete_many(keys))


def _counted(decided: Decided) -> list[tuple[str, Counts]]:
    """Count it, and return how its subjects stand where it was declined. Raises what the cache client raises."""
    address = cache.get(_address_key(decided.payment_id)) or ""
    subjects = [PROJECT, *([_subject(address)] if address else [])]
    if not cache.add(f"guard:seen:{decided.payment_id.hex}:{decided.is_declined}", 1, settings.CARD_TESTING_WINDOW):
        return []  # further cards on one payment are bounded by its own tries
    names = ["declined"] if decided.is_declined else ["paid"]
    if decided.is_declined and decided.amount <= settings.CARD_TESTING_SMALL_AMOUNT:
        names.append("small")
    for subject in subjects:
        for name in names:
            newest = _keys(decided.project_id, decided.mode, subject, name)[0]
            rates.count(newest, settings.CARD_TESTING_WINDOW + _BUCKET)
    if not decided.is_declined:
        return []
    return [(subject, counts_of(decided.project_id, decided.mode, subject)) for subject in subjects]


def counts_of(project_id: uuid.UUID, mode: str, subject: str) -> Counts:
    """Add up the window's buckets. Raises what the cache client raises."""
    keys = {name: _keys(project_id, mode, subject, name) for name in ("declined", "small", "paid")}
    found = cache.get_many([key for each in keys.values() for key in each])
    return Counts(**{name: sum(int(found.get(key) or 0) for key in each) for name, each in keys.items()})


def _is_too_much(subject: str, counts: Counts) -> bool:
    if counts.ratio < settings.CARD_TESTING_RATIO:
        return False
    if subject != PROJECT:
        return _reaches(counts.declined, settings.CARD_TESTING_IP_PAYMENTS)
    return _reaches(counts.declined, settings.CARD_TESTING_PROJECT_PAYMENTS) or _reaches(
        counts.small, settings.CARD_TESTING_PROJECT_SMALL
    )


def _reaches(number: int, threshold: int) -> bool:
    return bool(threshold) and number >= threshold


def _trip(decided: Decided, subject: str, counts: Counts) -> None:
    """Hold the subject back from now on, once: of many who see it at this moment one tells the operators."""
    now = clock.now()
    evidence = {
        "declinedPayments": counts.declined,
        "smallPayments": counts.small,
        "paidPayments": counts.paid,
        "windowSeconds": settings.CARD_TESTING_WINDOW,
        "lastPayment": ids.public_id(ids.PAYMENT, decided.payment_id),
        "mode": decided.mode,
    }
    fields = {
        "tripped_at": now,
        "until": now + dt.timedelta(seconds=settings.CARD_TESTING_HOLD),
        "evidence": evidence,
        "released_by": "",
    }
    with db.durable():
        mine = GuardTrip.objects.filter(project_id=decided.project_id, mode=decided.mode, subject=subject)
        is_new = bool(mine.filter(until__lte=now).update(**fields))
        if not is_new:
            _, is_new = GuardTrip.objects.get_or_create(
                project_id=decided.project_id, mode=decided.mode, subject=subject, defaults=fields
            )
        if is_new:
            raise_item(
                project_id=decided.project_id,
                kind=ItemKind.CARD_TESTING,
                about=_about(decided.mode, subject),
                next_step=_NEXT_STEP,
                evidence=evidence,
            )
    if is_new:
        extra = {"project": str(decided.project_id), "declined": counts.declined, "paid": counts.paid}
        logger.warning("the card-testing guard has tripped", extra=extra)


def _is_sign(attempt: Attempt) -> bool:
    return (
        attempt.kind in PAYING
        and attempt.state == AttemptState.DECLINED
        and bool(attempt.decline_reason)
        and attempt.decline_reason not in _NO_SIGN
        and attempt.decline_code != SWITCHED
    )


def _subject(address: str) -> str:
    return f"ip:{bucket_of(address)}"


def _about(mode: str, subject: str) -> str:
    return f"{mode} {subject}"


def _address_key(payment_id: uuid.UUID) -> str:
    return f"guard:ip:{payment_id.hex}"


def _keys(project_id: uuid.UUID, mode: str, subject: str, name: str) -> list[str]:
    """Name the buckets of the window, that of this minute first."""
    last = int(clock.now().timestamp() // _BUCKET)
    buckets = range(last, last - settings.CARD_TESTING_WINDOW // _BUCKET, -1)
    return [f"guard:{project_id.hex}:{mode}:{rates.digest(subject)}:{name}:{bucket}" for bucket in buckets]


def _quietly(ask: Callable[[], T]) -> T | None:
    """Ask the cache; one that fails is left alone for a while, and answers nothing."""
    if rates.pause.holds():
        return None
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever the client raises: a payment does not fail for it
        rates.failed(error)
        return None
