"""Send an attempt that a step of the saga commanded: written down READY, sent by a worker, found again by the poller."""

import datetime as dt
import random
import uuid

from django.conf import settings

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.attempt import PAYING, AttemptState
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, Source
from payments.verdicts.apply import Applied, Told, apply
from providers.types import Decline, DeclineReason, Outcome, Subject, Verdict

from . import breaker, bulkhead, provider_data
from .run import run

_TOLD = Told(Source.SYSTEM, "step")
_DATA_GONE = Verdict(
    Subject.PAYMENT,
    Outcome.NOT_FOUND,
    decline=Decline(
        DeclineReason.OTHER,
        code="provider_data_expired",
        message="The steps before the charge took longer than providerData is kept. Nothing was sent; pay again.",
    ),
)


def start(attempt_id: uuid.UUID, *, held: dt.datetime | None = None) -> Applied | None:
    """Send an attempt of which nothing was sent yet; None where another process has it, or it was decided.

    Raises Busy or ProviderUnavailable with nothing sent: it stays due. One whose providerData is gone ends without being
    sent, and its payment fails. `held` is the end of the caller's lease.
    """
    attempt = Attempt.objects.select_related("payment", "provider_account", "refund").get(pk=attempt_id)
    if attempt.state != AttemptState.READY:
        return None
    account = attempt.provider_account
    if _is_old(attempt):
        news = NoAnswer(Trouble.NOT_SENT, "waited_too_long")
        return apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=news, told=_TOLD)
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        with db.durable():
            mine = locks.begin_attempt(attempt_id, seconds=settings.ATTEMPT_LEASE, held=held)
        if mine is None:
            return None
        data = provider_data.take(attempt.id) if attempt.has_provider_data else {}
        if data is None:
            return apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=_DATA_GONE, told=_TOLD)
        applied = run(attempt.payment, mine, account, data, source=Source.SYSTEM, evidence="step")
    if applied.attempt.state == AttemptState.NOT_SENT and attempt.kind in PAYING:
        _wait_again(applied.attempt)
    return applied


def _is_old(attempt: Attempt) -> bool:
    """Tell whether a payment waits to be sent for so long that nobody may want it any more."""
    since = clock.now() - dt.timedelta(hours=settings.UNSENT_PAYMENT_HOURS)
    return attempt.kind in PAYING and attempt.created_at <= since


def _wait_again(attempt: Attempt) -> None:
    """Let what the PSP surely never got wait to be sent again: nobody is there who would repeat the request."""
    with db.durable():
        payment = locks.payment(attempt.payment_id)
        current = payment.attempts.get(pk=attempt.pk)
        if current.state != AttemptState.NOT_SENT or payment.claimed_shop_transaction_id is None:
            return
        if payment.authorized or payment.captured:
            return  # another attempt has brought the money meanwhile
        if current.has_provider_data and provider_data.take(current.id) is None:
            return  # the same request with providerData sends it, until the payment expires
        pause = dt.timedelta(seconds=settings.BREAKER_PAUSE * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
        current.state, current.lease_until, current.decided_at = AttemptState.READY, None, None
        current.next_check_at = clock.now() + pause
        current.save(update_fields=["state", "lease_until", "decided_at", "next_check_at"])
