"""The one door for verdicts: API answer, return page, webhook, reconciler and operator all come through here.

Under the payment's lock, in one durable transaction: facts first (attempt, references, movements, totals), then the saga
is fed the event. Whoever comes second finds it done.
"""

import datetime as dt
import uuid
from dataclasses import asdict

from django.conf import settings

from paymenthub.kernel import clock, db
from paymenthub.kernel.redact import storable
from payments import locks
from payments.domain.attempt import CLOSING, PAYING, AttemptKind, AttemptState
from payments.domain.effects import effect_of
from payments.domain.verdict import Asked, NoAnswer, Trouble, decline_reason, effect_of_no_answer
from payments.models import Attempt, Payment
from payments.saga.change import Change
from providers.types import DeclineReason, Outcome, Verdict

from . import elsewhere, learn
from .enact import enact
from .told import Applied, Told

__all__ = ["Applied", "Told", "apply", "asked_by"]

_FIRST_KEPT, _LAST_KEPT = 5, 15
"""How many exchanges of one attempt are kept: it may be asked about for months."""


def apply(*, payment_id: uuid.UUID, attempt_id: uuid.UUID, news: Verdict | NoAnswer, told: Told) -> Applied:
    """Apply news about an attempt. Runs again after a deadlock; safe to call twice with the same news."""

    def once() -> Applied:
        with db.durable():
            payment = locks.payment(payment_id)
            attempt = payment.attempts.select_related("refund").get(pk=attempt_id)
            change = Change(payment, source=told.source, evidence=told.evidence, actor=told.actor)
            changed = _apply(change, attempt, news, told)
            if changed:
                change.save()
            applied = Applied(payment, attempt, changed)
            if told.then is not None:
                told.then(applied)
            return applied

    return db.retry_serialization(once)


def asked_by(attempt: Attempt, payment: Payment) -> Asked:
    """Put an attempt and the payment's amounts into the words of the domain."""
    refunded = payment.refunded_by_us + payment.refunded_elsewhere
    return Asked(
        kind=AttemptKind(attempt.kind),
        state=AttemptState(attempt.state),
        money=attempt.money,
        final=attempt.final_capture,
        held=0 if _closes_another(attempt, payment) else payment.capturable,
        kept=max(0, payment.captured - refunded - payment.charged_back),
        refunded=refunded,
    )


def _closes_another(attempt: Attempt, payment: Payment) -> bool:
    """Tell whether an attempt closes the session of another try than the one that holds the money: it lets nothing go."""
    if attempt.kind not in CLOSING or payment.winning_attempt_id is None:
        return False
    tries = payment.attempts.filter(kind__in=PAYING, created_at__lte=attempt.created_at)
    closed = tries.order_by("-created_at", "-id").values_list("pk", flat=True).first()
    return closed != payment.winning_attempt_id


def _apply(change: Change, attempt: Attempt, news: Verdict | NoAnswer, told: Told) -> bool:
    asked = asked_by(attempt, change.payment)
    learned = False
    if isinstance(news, Verdict):
        effect = effect_of(asked, news)
        learned = learn.references(change, attempt, news)
        learned |= elsewhere.notice_capture(change, attempt, news)
        if effect.state is not None:
            _note_answer(attempt, news, effect.state)
        if news.action is not None and effect.state is AttemptState.PENDING:
            change.payment.expires_at = change.payment.checkout_ends_at or news.action.expires_at
        elif news.outcome is Outcome.PENDING and attempt.kind in PAYING and attempt.is_undecided:
            # Its customer has acted: the PSP works on it, nothing is there to close and nothing to go on to.
            change.payment.expires_at = None
            attempt.redirect_url = attempt.redirect_url_mobile = ""
    else:
        effect = effect_of_no_answer(asked, news)
        if effect.state is AttemptState.REJECTED:
            _note_refusal(attempt, news)
        if effect.state is AttemptState.NOT_SENT and attempt.kind in PAYING:
            # It waits for the same request again, but not for ever.
            waits = clock.now() + dt.timedelta(hours=settings.UNSENT_PAYMENT_HOURS)
            change.payment.expires_at = change.payment.checkout_ends_at or waits
    if told.exchanges:
        kept = [*attempt.exchanges, *(asdict(exchange) for exchange in told.exchanges)]
        attempt.exchanges = [*kept[:_FIRST_KEPT], *kept[_FIRST_KEPT:][-_LAST_KEPT:]]
        attempt.elapsed_ms = sum(exchange.elapsed_ms for exchange in told.exchanges)
    if not (effect.state or effect.item or effect.movements or learned or told.exchanges):
        return False
    enact(change, attempt, effect, news)
    change.changed_attempts.append(attempt)
    return True


def _note_answer(attempt: Attempt, verdict: Verdict, state: AttemptState) -> None:
    if verdict.action is not None:
        attempt.redirect_url = verdict.action.redirect_url
        attempt.redirect_url_mobile = verdict.action.redirect_url_mobile
    if state is AttemptState.DECLINED or (state is AttemptState.NOT_SENT and verdict.decline is not None):
        attempt.decline_reason = decline_reason(verdict).value
        if verdict.decline is not None:
            attempt.decline_code = storable(verdict.decline.code)[:128]
            attempt.decline_message = storable(verdict.decline.message)[:255]
            attempt.may_retry = verdict.decline.may_retry


def _note_refusal(attempt: Attempt, answer: NoAnswer) -> None:
    attempt.decline_code, attempt.decline_message = storable(answer.code)[:128], storable(answer.message)[:255]
    credentials = answer.trouble is Trouble.CREDENTIALS
    attempt.decline_reason = DeclineReason.PROCESSING_ERROR if credentials else DeclineReason.INVALID_REQUEST
