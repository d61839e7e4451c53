"""How demo payments go: each story is a way that payments of the hub really take, with its share."""

import random
from collections.abc import Callable
from typing import Final

from payments.domain.attempt import AttemptKind, AttemptState, ItemKind, MovementKind, RefundState
from payments.models import Source

from . import words
from .draft import HOUR, Draft

_DAY: Final = 24 * HOUR  # an open item is some days old: of young ones staff are told by mail
Story = Callable[[Draft, random.Random], None]


def sale(draft: Draft, dice: random.Random) -> None:
    """Pay at once or on the provider's page; then sometimes give back."""
    paid(draft, dice, AttemptKind.PAY, "scheduleRequested")
    _afterwards(draft, dice)


def paid(draft: Draft, dice: random.Random, kind: AttemptKind, asked: str) -> None:
    """Ask for the money and get it, with a page of the provider's in between for some."""
    draft.take(asked, Source.API)
    page = kind is AttemptKind.PAY and dice.random() < 0.55
    draft.paying = draft.taking = draft.winner = draft.attempt(
        kind, AttemptState.SUCCEEDED, draft.amount, took=_took(dice)
    )
    _know(draft)
    if page:
        draft.take("paymentScheduled", Source.API)
        draft.now += dice.randrange(15_000, 240_000)
    _get(draft)
    draft.take("paymentExecuted", Source.WEBHOOK if page else Source.API)


def declined(draft: Draft, dice: random.Random) -> None:
    """Ask, and hear no."""
    failed(draft, dice, AttemptKind.PAY, "scheduleRequested")


def failed(draft: Draft, dice: random.Random, kind: AttemptKind, asked: str) -> str:
    """Ask for the money and hear why there is none; return the reason."""
    draft.take(asked, Source.API)
    reason, _, code, message = dice.choices(words.REASONS, [row[1] for row in words.REASONS])[0]
    draft.paying = draft.attempt(
        kind, AttemptState.DECLINED, draft.amount, took=_took(dice), declined=(reason, code, message)
    )
    draft.take("paymentFailed", Source.API, more=f', "reason": "{reason}"')
    return reason


def second_try(draft: Draft, dice: random.Random) -> None:
    """Be declined in the checkout, choose again, and pay."""
    draft.in_checkout = True
    draft.take("scheduleRequested", Source.CHECKOUT)
    draft.take("paymentScheduled", Source.CHECKOUT)
    reason, _, code, message = dice.choices(words.REASONS, [row[1] for row in words.REASONS])[0]
    draft.attempt(
        AttemptKind.PAY, AttemptState.DECLINED, draft.amount, took=_took(dice), declined=(reason, code, message)
    )
    draft.now += dice.randrange(20_000, 90_000)
    draft.take("retryRequested", Source.CHECKOUT)
    draft.paying = draft.taking = draft.winner = draft.attempt(
        AttemptKind.PAY, AttemptState.SUCCEEDED, draft.amount, took=_took(dice)
    )
    _know(draft)
    _get(draft)
    draft.take("paymentExecuted", Source.WEBHOOK)
    _afterwards(draft, dice)


def abandoned(draft: Draft, dice: random.Random) -> None:
    """Open the provider's page and never come back."""
    draft.take("scheduleRequested", Source.API)
    waiting = draft.now + 700
    if draft.later(_DAY):
        draft.now = waiting
        draft.paying = draft.attempt(AttemptKind.PAY, AttemptState.DECLINED, draft.amount, took=_took(dice))
        _know(draft)
        draft.take("paymentScheduled", Source.API)
        draft.now += 30 * 60_000
        draft.take("paymentExpired", Source.SYSTEM)
        return
    draft.paying = draft.attempt(AttemptKind.PAY, AttemptState.PENDING, draft.amount)
    _know(draft)
    draft.take("paymentScheduled", Source.API)


def given_up(draft: Draft, dice: random.Random) -> None:
    """Be cancelled by the shop before anybody paid."""
    draft.take("scheduleRequested", Source.API)
    draft.paying = draft.attempt(AttemptKind.PAY, AttemptState.DECLINED, draft.amount, took=_took(dice))
    _know(draft)
    draft.take("paymentScheduled", Source.API)
    draft.now += dice.randrange(60_000, HOUR)
    draft.take("cancelRequested", Source.API)
    draft.attempt(AttemptKind.CLOSE, AttemptState.SUCCEEDED, draft.amount, took=_took(dice))
    draft.take("paymentCancelled", Source.API)


def held(draft: Draft, dice: random.Random) -> None:
    """Hold the money; take all of it, a part, or none when the goods go out."""
    draft.capture_mode = "manual"
    draft.take("paymentAuthorizationRequested", Source.API)
    draft.paying = draft.winner = draft.attempt(
        AttemptKind.AUTHORIZE, AttemptState.SUCCEEDED, draft.amount, took=_took(dice)
    )
    _know(draft)
    draft.authorized = draft.amount
    draft.move(MovementKind.AUTHORIZED, draft.amount, attempt=draft.paying)
    draft.take("paymentAuthorized", Source.API)
    if not draft.later(dice.randrange(2 * HOUR, 4 * _DAY)):
        return
    luck = dice.random()
    if luck < 0.12:
        draft.take("cancelRequested", Source.API)
        cancel = draft.attempt(AttemptKind.CANCEL, AttemptState.SUCCEEDED, draft.amount, took=_took(dice))
        draft.move(MovementKind.RELEASED, -draft.amount, attempt=cancel)
        draft.authorized = 0
        draft.take("paymentCancelled", Source.API)
        return
    part = draft.amount if luck < 0.8 or draft.amount < 10 else draft.amount * 3 // 4
    draft.take("captureRequested", Source.API)
    draft.taking = draft.attempt(AttemptKind.CAPTURE, AttemptState.SUCCEEDED, part, took=_took(dice))
    draft.named(draft.taking, "capture", f"cap_{draft.taking[12:]}")
    draft.captured = part
    draft.move(MovementKind.CAPTURED, part, attempt=draft.taking)
    if part < draft.amount:
        draft.move(MovementKind.RELEASED, part - draft.amount, attempt=draft.taking)
        draft.authorized = part
    draft.take("paymentExecuted", Source.API)
    _afterwards(draft, dice)


def in_doubt(draft: Draft, dice: random.Random) -> None:
    """Be sent, and nobody knows what came of it; what is old enough stands before an operator."""
    draft.take("scheduleRequested", Source.API)
    draft.paying = draft.attempt(AttemptKind.PAY, AttemptState.UNKNOWN, draft.amount, took=30_000)
    _doubt(draft, draft.paying, "pay", draft.amount)


def disputed(draft: Draft, dice: random.Random) -> None:
    """Be charged back weeks later, sometimes in vain."""
    paid(draft, dice, AttemptKind.PAY, "scheduleRequested")
    if not draft.later(dice.randrange(12 * _DAY, 50 * _DAY)):
        return
    dispute = f"dp_{draft.id[12:]}"
    draft.charged_back = draft.amount
    draft.move(MovementKind.CHARGED_BACK, -draft.amount, evidence=f"chargeback:{dispute}")
    draft.take("chargebackOpened", Source.WEBHOOK)
    open_since = draft.now
    done = not draft.later(5 * _DAY) or dice.random() < 0.8
    if dice.random() < 0.3 and draft.later(15 * _DAY):
        done = True
        draft.charged_back = 0
        draft.move(MovementKind.CHARGEBACK_WON, draft.amount, evidence=f"chargeback:{dispute}")
        draft.take("chargebackWon", Source.WEBHOOK)
    ended, draft.now = draft.now, open_since
    draft.item(
        ItemKind.CHARGEBACK.value,
        f"pay_{draft.id}:chargeback",
        "Answer the dispute at the provider with the proof of delivery, or let it go.",
        {"amount": draft.amount, "currency": draft.currency, "rawStatus": "needs_response"},
        resolved=done,
    )
    draft.now = ended


STORIES: Final[tuple[tuple[Story, int], ...]] = (
    (sale, 780), (declined, 68), (second_try, 34), (abandoned, 48), (given_up, 14), (held, 48), (disputed, 4),
    (in_doubt, 1),
)  # fmt: skip


def _afterwards(draft: Draft, dice: random.Random) -> None:
    """Give back part of it, or all, or fail to; most payments end here with nothing of it."""
    if dice.random() > 0.062 or not draft.later(dice.randrange(6 * HOUR, 21 * _DAY)):
        return
    if draft.captured < 10:
        return
    luck = dice.random()
    if luck < 0.02:
        _give_back_in_doubt(draft, draft.captured)
    elif luck < 0.55:
        give_back(draft, dice, draft.captured)
    elif luck < 0.9:
        give_back(draft, dice, draft.captured // dice.choice((2, 3, 4)))
        if dice.random() < 0.2 and draft.later(2 * _DAY):
            give_back(draft, dice, draft.captured - draft.refunded)
    else:
        give_back(draft, dice, draft.captured, succeeds=False)


def give_back(draft: Draft, dice: random.Random, amount: int, *, succeeds: bool = True) -> None:
    """Refund an amount; one that fails moves nothing."""
    reason = dice.choices([row[0] for row in words.REFUND_REASONS], [row[1] for row in words.REFUND_REASONS])[0]
    actor = dice.choice(("", "", "giulia", "amir", "support-2"))
    source = Source.OPERATOR if actor else Source.API
    draft.take("refundRequested", source)
    state = RefundState.SUCCEEDED if succeeds else RefundState.FAILED
    refund = draft.refund(amount, state, reason=reason, actor=actor, failure="" if succeeds else "processing_error")
    sent = AttemptState.SUCCEEDED if succeeds else AttemptState.DECLINED
    attempt = draft.attempt(AttemptKind.REFUND, sent, amount, took=1_400, refund=refund)
    more = f', "refundId": "rf_{refund}", "refundAmount": {amount}'
    if not succeeds:
        draft.take("refundFailed", source, more=more)
        return
    draft.named(attempt, "refund", f"re_{refund[12:]}")
    draft.refunded += amount
    draft.move(MovementKind.REFUNDED, -amount, attempt=attempt)
    event = "totalRefundExecuted" if draft.refunded == draft.captured else "partialRefundExecuted"
    draft.take(event, source, more=more)


def _give_back_in_doubt(draft: Draft, amount: int) -> None:
    """Send a refund of which nobody knows what came of it: its amount stays reserved."""
    draft.take("refundRequested", Source.API)
    draft.reserved = amount
    refund = draft.refund(amount, RefundState.OPEN, reason="requested_by_customer", actor="")
    attempt = draft.attempt(AttemptKind.REFUND, AttemptState.UNKNOWN, amount, took=30_000, refund=refund)
    _doubt(draft, attempt, "refund", amount)


def _doubt(draft: Draft, attempt: str, operation: str, amount: int) -> None:
    """Put an attempt in doubt before an operator, two days later."""
    since = draft.now
    if not draft.later(6 * _DAY):
        return
    draft.now = since + 2 * _DAY
    draft.item(
        ItemKind.IN_DOUBT.value,
        f"att_{attempt}",
        "Look it up at the provider. Decide it here only if you know how it ended; else leave it open.",
        {
            "provider": draft.provider, "operation": operation, "state": "UNKNOWN", "amount": amount,
            "currency": draft.currency, "checks": 40,
        },
        resolved=False,
    )  # fmt: skip
    draft.now = since


def _get(draft: Draft) -> None:
    """Count what was held and taken in one."""
    draft.authorized = draft.captured = draft.amount
    draft.move(MovementKind.AUTHORIZED, draft.amount, attempt=draft.paying)
    draft.move(MovementKind.CAPTURED, draft.amount, attempt=draft.paying)


def _know(draft: Draft) -> None:
    draft.provider_payment_id = f"{draft.provider[:2]}_{draft.paying[12:]}"
    draft.named(draft.paying, "payment", draft.provider_payment_id)


def _took(dice: random.Random) -> int:
    """Make up how long a provider took, in milliseconds: mostly under a second, with a tail."""
    return int(180 + dice.expovariate(1 / 420))
