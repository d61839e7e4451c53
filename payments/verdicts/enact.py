"""Carry an effect out on a locked payment: attempt, refund, amounts, items, and the saga last."""

import datetime as dt
from typing import Any

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.attempt import (
    BY_THE_PSP,
    CLOSING,
    ENDED_WITHOUT_SUCCESS,
    PAYING,
    UNDECIDED,
    AttemptKind,
    AttemptState,
    ItemKind,
    MovementKind,
)
from payments.domain.checkout import SWITCHED, TRY_FAILED, TRY_GIVEN_UP
from payments.domain.verdict import Effect, NoAnswer
from payments.models import Attempt, Source
from payments.saga.advance import advance, note
from payments.saga.change import Change
from payments.selectors.payments import paid_meanwhile
from providers.types import Verdict

from . import reservation

_BY_THE_SYSTEM = {
    "paymentExecuted": "paymentExecutedByTheSystem",
    "paymentFailed": "paymentFailedByTheSystem",
}
_NEXT_STEP = {
    ItemKind.AMOUNT_MISMATCH: "The provider names another amount or currency. Ask the provider before anything is shipped.",
    ItemKind.LATE_SUCCESS: "It succeeded after it had counted as ended. Ship the order, or give the money back.",
    ItemKind.SECOND_WINNER: "The order was paid twice. Refund this attempt.",
    ItemKind.REJECTED: "The provider refused the request as wrong. See the attempt's exchange; a developer must look.",
    ItemKind.CREDENTIALS: "The provider refused the account's credentials. Correct them in the provider account.",
    ItemKind.REFUND_REVERSED: "The provider took a refund back. The amount may be refunded again; tell the customer.",
}

_CLOSED_BY = {AttemptKind.CLOSE: "closed", AttemptKind.EXPIRE: "expired", AttemptKind.SWITCH: SWITCHED}

_PAID_MEANWHILE = (
    "It succeeded after it had counted as ended, and another payment has paid the order meanwhile. Refund this one: the "
    "refund is prepared."
)


def enact(change: Change, attempt: Attempt, effect: Effect, news: Verdict | NoAnswer) -> None:
    """Carry it out. The caller holds the payment's lock and saves the change."""
    if effect.state is not None and effect.state != attempt.state:
        # What stays as it is keeps its next check too: it is asked about less and less often.
        _set_state(attempt, effect.state)
    if attempt.kind == AttemptKind.REFUND:
        reservation.settle(change, attempt, effect)
    evidence = f"attempt:{attempt.id.hex}"
    moved = False
    for kind, amount in effect.movements:
        booked = kind
        if kind is MovementKind.REFUNDED and not reservation.fits(change, amount):
            booked = MovementKind.REFUNDED_ELSEWHERE
        moved |= change.move(booked, amount, evidence=evidence, attempt=attempt)
    if effect.movements and not moved:
        return  # the same news under another name: counted and told before
    if effect.movements:
        _note_winner(change, attempt, effect, news)
    if attempt.kind in CLOSING and effect.state is AttemptState.SUCCEEDED:
        _close_what_waits(change, attempt)
    if effect.item is not None and not _is_its_own_retry(attempt, effect.item):
        _ask(change, attempt, effect.item, news)
    if effect.events and _may_be_tried_again(change, attempt):
        change.payment.expires_at = change.payment.checkout_ends_at
        note(change, TRY_FAILED)
    elif effect.events:
        by_system = change.source == Source.SYSTEM
        names = [_BY_THE_SYSTEM.get(event, event) if by_system else event for event in effect.events]
        advance(change, names, metadata=_metadata(change, attempt), delta=_delta(attempt, effect))


def _may_be_tried_again(change: Change, attempt: Attempt) -> bool:
    """Tell whether the end of this attempt is none of its payment: its customer is in the checkout, and chooses again.

    Where the merchant is closing the payment at this moment, the end of the attempt is what was wanted.
    """
    payment = change.payment
    failed = attempt.kind in PAYING and attempt.state in ENDED_WITHOUT_SUCCESS
    if not (failed and payment.in_checkout) or payment.claimed_shop_transaction_id is None:
        return False
    if payment.captured or payment.authorized:
        return False
    return not payment.attempts.filter(kind=AttemptKind.CLOSE, state__in=UNDECIDED).exists()


def _is_its_own_retry(attempt: Attempt, item: ItemKind) -> bool:
    """Tell whether a PSP that charges by itself has tried once more and succeeded: nobody wonders about that."""
    return item is ItemKind.LATE_SUCCESS and attempt.idempotency_key.startswith(BY_THE_PSP)


def _note_winner(change: Change, attempt: Attempt, effect: Effect, news: Verdict | NoAnswer) -> None:
    if attempt.kind not in PAYING:
        return
    payment = change.payment
    if payment.winning_attempt_id is None:
        payment.winning_attempt = attempt
        if not payment.amount:
            payment.expires_at = None  # nothing is captured of nothing, and it is done all the same
        if payment.in_checkout:
            _follow(change, attempt)
    elif payment.winning_attempt_id != attempt.id:
        _ask(change, attempt, ItemKind.SECOND_WINNER, news)
    held = all(kind is not MovementKind.CAPTURED for kind, _ in effect.movements)
    if held:
        days = settings.AUTHORIZATION_LIFETIME_DAYS
        payment.authorization_expires_at = clock.now() + dt.timedelta(days=days)


def _follow(change: Change, winner: Attempt) -> None:
    """Of several tries, perhaps at several providers, captures, cancels and refunds go to the one that brought the money."""
    payment, account = change.payment, winner.provider_account
    payment.provider, payment.method, payment.provider_account = account.provider, winner.method, account
    learned = [row for row in change.references if row.attempt_id == winner.id]
    named = winner.references.order_by("created_at", "id").first() or next(iter(learned), None)
    payment.provider_payment_id = named.value if named else ""


def _close_what_waits(change: Change, closing: Attempt) -> None:
    """The session is closed at the PSP: the attempt that waited for its customer is over."""
    waiting = change.payment.attempts.filter(kind__in=PAYING, state__in=UNDECIDED)
    for attempt in waiting:
        _set_state(attempt, AttemptState.DECLINED)
        attempt.decline_reason = "other" if closing.kind == AttemptKind.EXPIRE else "customer_cancelled"
        attempt.decline_code = _CLOSED_BY[AttemptKind(closing.kind)]
        change.changed_attempts.append(attempt)
    if closing.kind == AttemptKind.SWITCH:
        note(change, TRY_GIVEN_UP)


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


def _delta(attempt: Attempt, effect: Effect) -> dict[str, Any]:
    """What the saga keeps of the news: where a link leads, so that the mail of its state can say it."""
    made = attempt.kind == AttemptKind.LINK and effect.state is AttemptState.PENDING
    return {"link": attempt.redirect_url} if made and attempt.redirect_url else {}


def _metadata(change: Change, attempt: Attempt) -> dict[str, Any]:
    """What goes with the news about a refund: which one, how much, and how much in all."""
    if attempt.refund is None:
        return {}
    return {
        "refundId": attempt.refund.public_id,
        "amount": attempt.amount,
        "totalRefundedAmount": change.payment.refunded_by_us + change.payment.refunded_elsewhere,
    }


def _ask(change: Change, attempt: Attempt, kind: ItemKind, news: Verdict | NoAnswer) -> None:
    evidence: dict[str, object] = {"attempt": attempt.public_id, "source": change.source, "evidence": change.evidence}
    if isinstance(news, Verdict):
        evidence["outcome"] = news.outcome.value
        if news.money is not None:
            evidence |= {"amount": news.money.amount, "currency": news.money.currency}
        evidence |= {"askedAmount": attempt.amount, "askedCurrency": attempt.currency}
    else:
        evidence |= {"trouble": news.trouble.value, "code": news.code, "message": news.message}
    next_step = _NEXT_STEP[kind]
    if kind is ItemKind.LATE_SUCCESS and attempt.kind in PAYING:
        paid_by = paid_meanwhile(change.payment)
        if paid_by is not None:
            evidence["orderPaidBy"] = paid_by.public_id
            evidence["preparedRefund"] = attempt.public_id
            next_step = _PAID_MEANWHILE
    elif kind is ItemKind.SECOND_WINNER:
        evidence["preparedRefund"] = attempt.public_id
    change.ask_operator(kind, about=attempt.public_id, next_step=next_step, evidence=evidence)
