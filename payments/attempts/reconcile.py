"""Ask a PSP how an attempt stands, and apply what it says. Nothing is sent again before the PSP was asked."""

import contextlib
import datetime as dt
import logging
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import F

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Busy, ProviderUnavailable
from payments import locks
from payments.domain.attempt import UNDECIDED, AttemptKind, AttemptState
from payments.domain.picking import pick
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, ProviderAccount, Source
from payments.verdicts.apply import Applied, Told, apply
from providers import registry
from providers.errors import NO_REFERENCE
from providers.port import Call, Driver
from providers.types import Operation, Outcome, Reference, Verdict

from . import breaker, bulkhead, others, provider_data, requests
from .ask import ask
from .run import run
from .start import start

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 3600.0
_PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE)
_IN_DOUBT = NoAnswer(Trouble.UNKNOWN, "in_doubt")


class NotAsked(Exception):
    """The PSP was not asked, or did not answer: somebody runs the attempt right now, or the PSP is down."""


def can_ask(account: ProviderAccount) -> bool:
    """Tell whether the account's PSP has a status call at all."""
    return Operation.FETCH in registry.get(account.provider).operations


def check(
    attempt_id: uuid.UUID, *, source: Source, evidence: str = "", actor: str = "", hints: Sequence[Reference] = ()
) -> Applied | None:
    """Ask the PSP about one attempt; None where there is nothing to ask or no answer.

    Nothing to ask: the attempt is decided or not sent yet, a runner owns it right now, the PSP has no status call, or is
    known to be down (a person asks it all the same). `hints` are ids that a notification named and that are asked about too.
    """
    attempt = _load(attempt_id)
    if not attempt.is_undecided or attempt.state == AttemptState.READY or not can_ask(attempt.provider_account):
        return None
    if source == Source.SYSTEM:
        _postpone(attempt)
    try:
        return _ask_about(attempt, Told(source, evidence, actor), hints)
    except NotAsked:
        return None


def reread(attempt_id: uuid.UUID, *, source: Source, evidence: str, hints: Sequence[Reference] = ()) -> Applied | None:
    """Ask the PSP about an attempt, decided or not, because something hints at news. Raises `NotAsked`."""
    return _ask_about(_load(attempt_id), Told(source, evidence), hints)


def poll(attempt_id: uuid.UUID) -> bool:
    """Ask about an attempt that `due` took, and give it back; False where the account is better left alone for now."""
    with db.durable():
        kept = locks.keep_attempt(attempt_id, seconds=settings.ATTEMPT_LEASE)
    if kept is None:
        return True  # it was decided meanwhile, or this came too late: it is due again by itself
    account = kept.provider_account
    if kept.state == AttemptState.READY:
        return _start(kept)
    if not can_ask(account):
        _leave_to_notifications(kept)
        return True
    attempt, is_down = _load(attempt_id), breaker.is_open(account.id)
    try:
        if not is_down:
            Attempt.objects.filter(pk=attempt.pk).update(checks=F("checks") + 1)
            _ask_about(attempt, Told(Source.SYSTEM, "reconcile"), held=kept.lease_until)
    except NotAsked:
        logger.info("a scheduled question was not answered", extra={"provider": account.provider})
    finally:
        pause = dt.timedelta(seconds=settings.BREAKER_PAUSE)
        locks.give_back_attempt(kept, next_check_at=clock.now() + pause if is_down else _next_check(attempt))
    return not is_down


def _start(kept: Attempt) -> bool:
    """Send what waits to be sent; False where its account is better left alone for now."""
    try:
        start(kept.id, held=kept.lease_until)
    except (ProviderUnavailable, Busy):
        pause = dt.timedelta(seconds=settings.BREAKER_PAUSE)
        locks.give_back_attempt(kept, next_check_at=clock.now() + pause)
        return False
    return True


def _load(attempt_id: uuid.UUID) -> Attempt:
    return Attempt.objects.select_related("payment", "provider_account", "refund").get(pk=attempt_id)


def _ask_about(
    attempt: Attempt, told: Told, hints: Sequence[Reference] = (), *, held: dt.datetime | None = None
) -> Applied | None:
    """Ask and apply the answer; None where it says nothing about this attempt. `held` is the end of the caller's lease.

    Raises `NotAsked`.
    """
    if attempt.state == AttemptState.READY or (held is None and locks.is_leased(attempt)):
        raise NotAsked(attempt.public_id)
    account, request = attempt.provider_account, requests.fetch_request(attempt.payment, attempt, hints)
    driver = registry.get(account.provider)

    def question(driver: Driver, call: Call) -> tuple[Verdict, ...]:
        return driver.fetch(call, request)

    down = contextlib.nullcontext() if told.source == Source.OPERATOR else breaker.admitted(account.id)
    try:
        with bulkhead.slot(account.id), down:
            answer = ask(attempt.payment, attempt, account, question, operation=Operation.FETCH)
    except (ProviderUnavailable, Busy) as error:
        raise NotAsked(attempt.public_id) from error
    if isinstance(answer.news, NoAnswer):
        # A PSP that cannot be asked without its own id: the key alone makes a second sending safe.
        unknown_to_us = answer.news.code == NO_REFERENCE and attempt.kind in _PAYING and attempt.is_undecided
        again = _send_again(attempt, driver, held) if unknown_to_us else None
        if again is None:
            raise NotAsked(attempt.public_id)
        return again
    # A pending attempt is asked about for days: only what decides it is worth keeping.
    kept = answer.exchanges if attempt.is_undecided and attempt.state != AttemptState.PENDING else ()
    told = replace(told, exchanges=kept)
    verdict = pick(
        AttemptKind(attempt.kind),
        answer.news,
        reference=attempt.public_id,
        known=set(attempt.references.values_list("value", flat=True)),
        money=attempt.money,
        captured_before=attempt.payment.captured,
    )
    applied = None
    if verdict.outcome is not Outcome.NOT_FOUND:
        applied = apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)
    # After the payment itself: a refund of what is not recorded as paid yet would be told in the wrong order.
    others.take_in(attempt, answer.news, replace(told, exchanges=()))
    if verdict.outcome is Outcome.NOT_FOUND:
        return _not_found(attempt, driver, verdict, told, held)
    if applied is not None and len(answer.news) > 1:
        applied.payment.refresh_from_db()
    return applied


def _not_found(
    attempt: Attempt, driver: Driver, verdict: Verdict, told: Told, held: dt.datetime | None
) -> Applied | None:
    """The PSP does not show it: finish sending it where that is surely safe, else wait, and in the end give up."""
    if not attempt.is_undecided:
        return None
    if attempt.state == AttemptState.PENDING or attempt.references.exists():
        logger.warning("the PSP no longer knows a payment that it named", extra={"provider": driver.code})
        return None
    again = _send_again(attempt, driver, held)
    if again is not None:
        return again
    if clock.now() - (attempt.sent_at or attempt.created_at) < dt.timedelta(seconds=settings.NOT_FOUND_GRACE):
        return None
    with db.durable():
        # Whoever sends it again at this moment has its lease, and whoever did since this question was asked has moved it.
        mine = locks.lease_attempt(attempt.id, seconds=settings.ATTEMPT_LEASE, held=held, unmoved_since=attempt)
    if mine is None:
        return None
    return apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)


def _send_again(attempt: Attempt, driver: Driver, held: dt.datetime | None) -> Applied | None:
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
        leased = locks.lease_attempt(attempt.id, seconds=settings.ATTEMPT_LEASE, held=held)
    if leased is None:
        return None
    Attempt.objects.filter(pk=attempt.pk).update(next_check_at=_next_check(attempt))
    logger.info("sending an attempt again with its own key", extra={"provider": driver.code})
    return run(attempt.payment, leased, attempt.provider_account, data, source=Source.SYSTEM, evidence="recovered")


def _leave_to_notifications(attempt: Attempt) -> None:
    """Take an attempt whose PSP has no status call out of the backlog: a notification decides it, or a person."""
    # One whose runner died may have been sent: said aloud, so that a person may decide it.
    apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=_IN_DOUBT, told=Told(Source.SYSTEM, "recovered"))
    Attempt.objects.filter(pk=attempt.pk, state__in=UNDECIDED).update(lease_until=None, next_check_at=None)


def _postpone(attempt: Attempt) -> None:
    Attempt.objects.filter(pk=attempt.pk, state__in=UNDECIDED).update(
        checks=F("checks") + 1, next_check_at=_next_check(attempt)
    )


def _next_check(attempt: Attempt) -> dt.datetime:
    """Ask less and less often: from seconds for an attempt in doubt to an hour, with jitter, and never no more."""
    first = settings.RECONCILE_MINIMUM_AGE if attempt.state == AttemptState.PENDING else 5.0
    pause = min(_LONGEST_PAUSE, first * 2 ** min(attempt.checks, 12)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    return clock.now() + dt.timedelta(seconds=pause)


def due(*, limit: int = 100, account_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Take attempts that are due for a check, oldest first, at most POLL_MAX_IN_FLIGHT of each provider account.

    Whoever gets one calls `poll`, which gives its place to the next one; a place that is lost is free after two leases.
    """
    with db.durable():
        return locks.due_attempts(
            limit=limit,
            per_account=settings.POLL_MAX_IN_FLIGHT,
            lease_seconds=2 * settings.ATTEMPT_LEASE,
            account_id=account_id,
        )
