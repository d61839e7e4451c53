"""The one door for verdicts: API answer, return page, webhook, reconciler and operator all come through here.

Under the payment's lock, in one durable transaction: facts first (attempt, references, movements, totals), then the saga
is fed the event. Whoever comes second finds it done.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.conf import settings

from paymenthub.kernel import clock, db
from paymenthub.kernel.http import Exchange
from payments import locks
from payments.domain.attempt import AttemptKind, AttemptState, ItemKind
from payments.domain.verdict import Effect, NoAnswer, Trouble, decline_reason, effect_of, effect_of_no_answer
from payments.models import Attempt, Payment, Source
from payments.saga.advance import advance
from payments.saga.change import Change
from providers.types import Verdict

from . import learn

_BY_THE_SYSTEM = {
    "paymentExecuted": "paymentExecutedByTheSystem",
    "paymentFailed": "paymentFailedByTheSystem",
}
_NEXT_STEP = {
    ItemKind.AMOUNT_MISMATCH: "The provider names another amount or currency. Ask the provider before anything is shipped.",
    ItemKind.LATE_SUCCESS: "The money arrived after the payment had ended. Ship the order or refund it.",
    ItemKind.SECOND_WINNER: "The order was paid twice. Refund this attempt.",
    ItemKind.REJECTED: "The provider refused the request as wrong. See the attempt's exchange; a developer must look.",
    ItemKind.CREDENTIALS: "The provider refused the account's credentials. Correct them in the provider account.",
}


@dataclass(frozen=True, slots=True)
class Applied:
    """How payment and attempt stand after the verdict; `changed` tells whether this verdict moved anything."""

    payment: Payment
    attempt: Attempt
    changed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Who says it and what proves it: `evidence` names the request, notification or check; `actor` a person."""

    source: Source
    evidence: str = ""
    actor: str = ""
    exchanges: Sequence[Exchange] = ()


def apply(*, payment_id: uuid.UUID, attempt_id: uuid.UUID, news: Verdict | NoAnswer, told: Told) -> Applied:
    """Apply news about a pay or authorise attempt. Runs again after a deadlock; safe to call twice with the same news."""

    def once() -> Applied:
        with db.durable():
            payment = locks.payment(payment_id)
            attempt = payment.attempts.get(pk=attempt_id)
            change = Change(payment, source=told.source, evidence=told.evidence, actor=told.actor)
            changed = _apply(change, attempt, news, told)
            if changed:
                change.save()
            return Applied(payment, attempt, changed)

    return db.retry_serialization(once)


def _apply(change: Change, attempt: Attempt, news: Verdict | NoAnswer, told: Told) -> bool:
    before = AttemptState(attempt.state)
    learned = False
    if isinstance(news, Verdict):
        effect = effect_of(AttemptKind(attempt.kind), before, attempt.money, news)
        learned = learn.references(change, attempt, news)
        if effect.state is not None:
            _note_answer(attempt, news, effect.state)
    else:
        effect = effect_of_no_answer(before, news)
        if effect.state is AttemptState.REJECTED:
            attempt.decline_code, attempt.decline_message = news.code[:128], news.message[:255]
            attempt.decline_reason = "processing_error" if news.trouble is Trouble.CREDENTIALS else "invalid_request"
    if told.exchanges:
        attempt.exchanges = [*attempt.exchanges, *(asdict(exchange) for exchange in told.exchanges)]
        attempt.elapsed_ms = sum(exchange.elapsed_ms for exchange in told.exchanges)
    if not (effect.state or effect.item or learned or told.exchanges):
        return False
    _enact(change, attempt, effect, news)
    change.changed_attempts.append(attempt)
    return True


def _note_answer(attempt: Attempt, verdict: Verdict, state: AttemptState) -> None:
    if verdict.action is not None:
        attempt.redirect_url = verdict.action.redirect_url
        attempt.redirect_url_mobile = verdict.action.redirect_url_mobile
    if state is AttemptState.DECLINED:
        attempt.decline_reason = decline_reason(verdict).value
        if verdict.decline is not None:
            attempt.decline_code = verdict.decline.code[:128]
            attempt.decline_message = verdict.decline.message[:255]
            attempt.may_retry = verdict.decline.may_retry


def _enact(change: Change, attempt: Attempt, effect: Effect, news: Verdict | NoAnswer) -> None:
    payment = change.payment
    if effect.state is not None:
        _set_state(attempt, effect.state)
    if effect.movements:
        evidence = f"attempt:{attempt.id.hex}"
        for kind, amount in effect.movements:
            change.move(kind, amount, evidence=evidence, attempt=attempt)
        if payment.winning_attempt_id is None:
            payment.winning_attempt = attempt
        elif payment.winning_attempt_id != attempt.id:
            _ask(change, attempt, ItemKind.SECOND_WINNER, news)
    if effect.item is not None:
        _ask(change, attempt, effect.item, news)
    if effect.events:
        by_system = change.source == Source.SYSTEM
        advance(change, [_BY_THE_SYSTEM.get(event, event) if by_system else event for event in effect.events])


def _set_state(attempt: Attempt, state: AttemptState) -> None:
    """Change the state, and with it when the PSP is asked next: a pending one not at once, an unknown one soon."""
    now = clock.now()
    attempt.state = state
    attempt.lease_until = None
    if state is AttemptState.PENDING:
        attempt.next_check_at = now + dt.timedelta(seconds=settings.RECONCILE_MINIMUM_AGE)
    elif state is AttemptState.UNKNOWN:
        attempt.next_check_at = now + dt.timedelta(seconds=min(5.0, settings.RECONCILE_MINIMUM_AGE))
    else:
        attempt.next_check_at = None
        attempt.decided_at = now


def _ask(change: Change, attempt: Attempt, kind: ItemKind, news: Verdict | NoAnswer) -> None:
    evidence: dict[str, object] = {"attempt": attempt.public_id, "source": change.source, "evidence": change.evidence}
    if isinstance(news, Verdict):
        evidence["outcome"] = news.outcome.value
        if news.money is not None:
            evidence |= {"amount": news.money.amount, "currency": news.money.currency}
        evidence |= {"askedAmount": attempt.amount, "askedCurrency": attempt.currency}
    else:
        evidence |= {"trouble": news.trouble.value, "code": news.code, "message": news.message}
    change.ask_operator(kind, about=attempt.public_id, next_step=_NEXT_STEP[kind], evidence=evidence)
