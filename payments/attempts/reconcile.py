"""Ask a PSP how an attempt stands, and apply what it says. Nothing is sent again before the PSP was asked."""

import datetime as dt
import logging
import random
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db.models import F

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.attempt import UNDECIDED, AttemptKind, AttemptState
from payments.domain.picking import pick
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, Source
from payments.verdicts.apply import Applied, Told, apply
from providers import registry
from providers.errors import NO_REFERENCE
from providers.port import Call, Driver
from providers.types import Operation, Outcome, Reference, Verdict

from . import others, provider_data, requests
from .ask import ask
from .run import run

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 3600.0
_PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE)
_IN_DOUBT = NoAnswer(Trouble.UNKNOWN, "in_doubt")


def check(
    attempt_id: uuid.UUID,
    *,
    source: Source,
    evidence: str = "",
    actor: str = "",
    hints: Sequence[Reference] = (),
) -> Applied | None:
    """Ask the PSP about one attempt; None where there is nothing to ask or no answer.

    Nothing to ask: the attempt is decided, a runner owns it right now, or the PSP has no status call. `hints` are ids
    that a notification named and that are asked about beside the known ones.
    """
    attempt = Attempt.objects.select_related("payment", "provider_account", "refund").get(pk=attempt_id)
    driver = registry.get(attempt.provider_account.provider)
    if not attempt.is_undecided or locks.is_leased(attempt) or Operation.FETCH not in driver.operations:
        return None
    if source == Source.SYSTEM:
        _postpone(attempt)
    request = requests.fetch_request(attempt.payment, attempt, hints)

    def question(driver: Driver, call: Call) -> tuple[Verdict, ...]:
        return driver.fetch(call, request)

    answer = ask(attempt.payment, attempt, attempt.provider_account, question, operation=Operation.FETCH)
    if isinstance(answer.news, NoAnswer):
        # A PSP that cannot be asked without its own id: the key alone makes a second sending safe.
        unknown_to_us = answer.news.code == NO_REFERENCE and attempt.kind in _PAYING
        return _send_again(attempt, driver) if unknown_to_us else None
    # A pending attempt is asked about for days: only what decides it is worth keeping.
    kept = answer.exchanges if attempt.state != AttemptState.PENDING else ()
    told = Told(source, evidence, actor, kept)
    others.take_in(attempt, answer.news, told)
    verdict = pick(
        AttemptKind(attempt.kind),
        answer.news,
        reference=attempt.public_id,
        known=set(attempt.references.values_list("value", flat=True)),
        money=attempt.money,
        captured_before=attempt.payment.captured,
    )
    if verdict.outcome is Outcome.NOT_FOUND:
        return _not_found(attempt, driver, verdict, told)
    return apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)


def _not_found(attempt: Attempt, driver: Driver, verdict: Verdict, told: Told) -> Applied | None:
    """The PSP does not show it: finish sending it where that is surely safe, else wait, and in the end give up."""
    if attempt.state == AttemptState.PENDING or attempt.references.exists():
        logger.warning("the PSP no longer knows a payment that it named", extra={"provider": driver.code})
        return None
    again = _send_again(attempt, driver)
    if again is not None:
        return again
    if clock.now() - attempt.created_at < dt.timedelta(seconds=settings.NOT_FOUND_GRACE):
        return None
    return apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)


def _send_again(attempt: Attempt, driver: Driver) -> Applied | None:
    """Send an attempt with its own key and its own bytes, while the PSP still remembers keys; None where that is not so."""
    window = driver.idempotency_window
    if window is None or clock.now() - attempt.created_at > window - dt.timedelta(seconds=settings.ATTEMPT_LEASE):
        return None
    data = provider_data.take(attempt.id) if attempt.has_provider_data else {}
    if data is None:
        return None
    request = requests.build(attempt.payment, attempt, attempt.provider_account, data)
    if not requests.is_same(attempt.request_digest, request):
        return None
    # It may have been sent before: whatever refuses this second sending (429, 401) says nothing about the first.
    apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=_IN_DOUBT, told=Told(Source.SYSTEM, "recovered"))
    with db.durable():
        leased = locks.lease_attempt(attempt.id, seconds=settings.ATTEMPT_LEASE)
    if leased is None:
        return None
    logger.info("sending an attempt again with its own key", extra={"provider": driver.code})
    return run(attempt.payment, leased, attempt.provider_account, data, source=Source.SYSTEM, evidence="recovered")


def _postpone(attempt: Attempt) -> None:
    """Ask less and less often: from seconds for an attempt in doubt to an hour, with jitter."""
    first = settings.RECONCILE_MINIMUM_AGE if attempt.state == AttemptState.PENDING else 5.0
    pause = min(_LONGEST_PAUSE, first * 2 ** min(attempt.checks, 12)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    Attempt.objects.filter(pk=attempt.pk, state__in=UNDECIDED).update(
        checks=F("checks") + 1, next_check_at=clock.now() + dt.timedelta(seconds=pause)
    )


def due(*, limit: int = 100) -> list[uuid.UUID]:
    """Take attempts that are due for a check; no other worker gets them within the next minutes."""
    with db.durable():
        return locks.due_attempts(limit=limit, postpone_seconds=2 * settings.ATTEMPT_LEASE)
