"""What an outside service tells of an operation that it carried out, made into a verdict of the attempt it is about."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import ids
from paymenthub.kernel.errors import WrongState
from paymenthub.kernel.money import Money, is_currency
from paymenthub.kernel.redact import storable
from payments.attempts import provider_data
from payments.attempts.outside import BY_NAME
from payments.domain.attempt import UNDECIDED, AttemptKind
from payments.domain.events import PaymentEvent, canonical
from payments.models import Attempt, Payment, Source
from payments.selectors.attempts import paying_attempt
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.types import Action, Decline, DeclineReason, Outcome, Reference, Subject, Verdict

from .metadata import part

_PAYMENT = {
    PaymentEvent.PAYMENT_SCHEDULED.value: Outcome.PENDING,
    PaymentEvent.PAYMENT_EXECUTED.value: Outcome.SUCCEEDED,
    PaymentEvent.PAYMENT_FAILED.value: Outcome.DECLINED,
}
_REFUND = {
    PaymentEvent.REFUND_PENDING.value: Outcome.PENDING,
    PaymentEvent.REFUND_FAILED.value: Outcome.DECLINED,
    PaymentEvent.PARTIAL_REFUND_EXECUTED.value: Outcome.SUCCEEDED,
    PaymentEvent.TOTAL_REFUND_EXECUTED.value: Outcome.SUCCEEDED,
}
LABELS = _PAYMENT.keys() | _REFUND.keys()
"""The events that answer a command; under every name of the poller's too."""


def take(payment: Payment, label: str, payload: Mapping[str, Any], *, evidence: str, actor: str) -> bool:
    """Apply an answer; False where it says nothing new. Raises WrongState where it cannot be told what it is about."""
    name = canonical(label)
    # Found by the outside service's own poller: told on by the name that says so.
    told = Told(Source.API if name == label else Source.SYSTEM, evidence, actor)
    if name in _PAYMENT:
        return _payment(payment, _PAYMENT[name], payload, told)
    return _refund(payment, _REFUND[name], payload, told)


def _payment(payment: Payment, outcome: Outcome, payload: Mapping[str, Any], told: Told) -> bool:
    attempt = paying_attempt(payment.id)
    if attempt is None:
        raise WrongState("Nothing was asked for that this could answer.", param="key")
    redirects, action = part(payload, "payRequestData"), None
    url, mobile = (_text(redirects.get(name), 2000) for name in ("redirectToUrl", "redirectToUrlMobile"))
    if outcome is Outcome.PENDING and (url or mobile):
        outcome, action = Outcome.ACTION_REQUIRED, Action(redirect_url=url, redirect_url_mobile=mobile)
    applied = apply(
        payment_id=payment.id,
        attempt_id=attempt.id,
        news=Verdict(
            Subject.PAYMENT,
            outcome,
            _money(payment, payload),
            references=_named("payment", payload.get("paymentId"), payment),
            decline=_decline(payload) if outcome is Outcome.DECLINED else None,
            action=action,
        ),
        told=told,
    )
    if not applied.attempt.is_undecided:
        provider_data.erase(attempt.id)
    return applied.changed


def _refund(payment: Payment, outcome: Outcome, payload: Mapping[str, Any], told: Told) -> bool:
    details = part(payload, "refundDetails")
    total, named = details.get("totalRefundedAmount"), details.get("refundId")
    known = payment.refunded_by_us + payment.refunded_elsewhere
    more = total - known if type(total) is int and outcome is Outcome.SUCCEEDED else None
    attempt = _refund_attempt(payment, named if isinstance(named, str) else "", more)
    if attempt is not None:
        verdict = Verdict(
            Subject.REFUND, outcome, attempt.money, decline=_decline(payload) if outcome is Outcome.DECLINED else None
        )
        return apply(payment_id=payment.id, attempt_id=attempt.id, news=verdict, told=told).changed
    if outcome is not Outcome.SUCCEEDED or (more is not None and more <= 0):
        return False  # told before
    if more is None:
        raise WrongState(
            "It cannot be told which refund this is: send refundDetails.refundId or totalRefundedAmount.",
            param="value.messagePayload",
        )
    verdict = Verdict(
        Subject.REFUND,
        outcome,
        Money(more, payment.currency),
        references=(Reference("refund", f"{payment.public_id}:{total}"),),
    )
    return external.record(payment_id=payment.id, verdict=verdict, told=told)


def _refund_attempt(payment: Payment, named: str, more: int | None) -> Attempt | None:
    """Find the refund that is meant: the named one, else the only one that is open, else the open one of that amount."""
    refunds = payment.attempts.filter(kind=AttemptKind.REFUND).select_related("refund").order_by("created_at")
    if named:
        key = ids.parse_public_id(ids.REFUND, named)
        mine = refunds.filter(refund_id=key).last() if key is not None else None
        return mine or refunds.filter(refund__batch_id=f"{BY_NAME}{named}").last()
    waiting = list(refunds.filter(state__in=UNDECIDED))
    if more is not None:
        waiting = [attempt for attempt in waiting if attempt.amount == more]
    return waiting[0] if len(waiting) == 1 else None


def _money(payment: Payment, payload: Mapping[str, Any]) -> Money | None:
    """Return the amount that the answer names, to be compared with ours; None where it names none."""
    amount, currency = payload.get("amount"), payload.get("currency", payment.currency)
    if type(amount) is not int or amount < 0 or not isinstance(currency, str) or not is_currency(currency):
        return None
    return Money(amount, currency)


def _named(kind: str, value: object, payment: Payment) -> tuple[Reference, ...]:
    text = _text(value, 255)
    return (Reference(kind, text),) if text and text != payment.public_id else ()


def _decline(payload: Mapping[str, Any]) -> Decline:
    return Decline(DeclineReason.OTHER, code="outside", message=_text(payload.get("error"), 255))


def _text(value: object, longest: int) -> str:
    return storable(value)[:longest] if isinstance(value, str) else ""
