"""Feed a payment's saga an event from outside: a step's answer, a time limit, an outside Flow Manager.

Under the payment's lock, in one durable transaction. Whoever feeds decides what happens next and never what happened to
money: facts about money come from verdicts only (`verdicts/apply.py`).
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict, OperationInProgress, Unprocessable
from payments import locks
from payments.attempts import provider_data
from payments.domain.attempt import UNDECIDED
from payments.domain.events import MONEY_EVENTS, canonical
from payments.domain.machine import Decision, Machine, Unexpected, decide
from payments.domain.news import ends
from payments.domain.step_payload import PayloadRefused, clean
from payments.models import Attempt, Payment, Source
from payments.saga import advance as saga
from payments.saga import loader
from payments.saga.change import Change

from . import step_orders
from .ordering import asked_elsewhere, constraint_of

_LONGEST_NAME = 64
_MOST_METADATA = 262_144
"""Bytes of metadata that the events of one payment may gather."""
_PROOF: Mapping[str, Callable[[Payment], bool]] = {
    "PAYMENT_AUTHORIZED": lambda payment: payment.authorized > 0,
    "PAYMENT_PAID": lambda payment: payment.captured > 0,
    "PAYMENT_PARTIALLY_REFUNDED": lambda payment: payment.refunded_by_us + payment.refunded_elsewhere > 0,
    "PAYMENT_TOTALLY_REFUNDED": lambda payment: payment.refunded_by_us + payment.refunded_elsewhere > 0,
    "PAYMENT_CHARGED_BACK": lambda payment: payment.charged_back > 0,
}
"""What must be recorded of a payment before an event from outside may lead where a machine tells of it."""


class EventRefused(Conflict):
    """The event may not be fed from outside, or not now."""

    code = "event_refused"


class UndecidedAttempt(EventRefused):
    """The event would end a payment while money may still move: an operation at the provider is not decided."""

    code = "attempt_undecided"


class StepLimit(EventRefused):
    """The steps of one payment have fed as many events as they may."""

    code = "step_limit"


class Outcome(StrEnum):
    """TAKEN: the saga went on; REPEATED: it asks for what an equal event asked a moment ago, whose `attempt` is returned;
    UNEXPECTED: it has no way for the event here, recorded; LATE: the state was left before."""

    TAKEN = "taken"
    REPEATED = "repeated"
    UNEXPECTED = "unexpected"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class FedEvent:
    """What came of it. `attempt` is READY: `attempts.start` sends it, and the poller does where nobody else has."""

    outcome: Outcome
    payment: Payment
    decision: Decision | None = None
    attempt: Attempt | None = None


def feed(
    payment_id: uuid.UUID,
    event: str,
    payload: Mapping[str, Any] | None = None,
    *,
    source: Source,
    actor: str = "",
    evidence: str = "",
    at_number: int | None = None,
    by_time: bool = False,
    then: Callable[[FedEvent], None] | None = None,
) -> FedEvent:
    """Feed an event and merge what it brings along; the operation that it commands is written down, not sent.

    `at_number`: only while the payment is in the state that this transition entered. `by_time`: a time limit, which may
    end what nobody has paid. `then` runs in the same transaction.

    Raises EventRefused (UndecidedAttempt, StepLimit), Unprocessable for a payload that cannot be kept, and what the
    commanded operation raises (WrongState, OverRefund, …): then nothing is stored and nothing sent.
    Raises `Payment.DoesNotExist`.
    """
    if not event.isidentifier() or len(event) > _LONGEST_NAME:
        raise EventRefused(f"An event's name has 1 to {_LONGEST_NAME} letters, digits and underscores.", param="event")
    try:
        delta = clean(payload or {})
    except PayloadRefused as refused:
        raise Unprocessable(str(refused), param="payload") from None
    kept = provider_data.take(payment_id) if _has_provider_data(payment_id) else None

    def once() -> FedEvent:
        with db.durable():
            payment = locks.payment(payment_id)
            fed = _feed(payment)
            if then is not None:
                then(fed)
            return fed

    def _feed(payment: Payment) -> FedEvent:
        if at_number is not None and payment.state_number != at_number:
            return FedEvent(Outcome.LATE, payment)
        machine = loader.machine(payment.machine, payment.machine_version)
        change = Change(payment, source=source, evidence=evidence, actor=actor)
        _refuse_money(event, by_time=by_time)
        decision = decide(machine, payment.state, event)
        if isinstance(decision, Unexpected):
            saga.advance(change, [event])
            change.save()
            return FedEvent(Outcome.UNEXPECTED, payment)
        _check(payment, machine, decision)
        if source == Source.STEP:
            _bound(payment)
        equal = step_orders.commanded_just_now(payment, machine, decision, delta) if at_number is None else None
        if equal is not None:
            return FedEvent(Outcome.REPEATED, payment, attempt=equal)
        attempt = step_orders.enter(change, machine, decision, delta, kept)
        if len(json.dumps(payment.saga_metadata).encode()) > _MOST_METADATA:
            raise Unprocessable("The events of this payment have brought too much metadata along.", param="payload")
        change.save()
        return FedEvent(Outcome.TAKEN, payment, decision, attempt)

    try:
        fed = db.retry_serialization(once)
    except IntegrityError as error:
        if constraint_of(error) == "attempt_one_undecided_per_payment":
            raise OperationInProgress("Another operation of this payment has just begun.") from None
        raise
    ended = fed.payment.claimed_shop_transaction_id is None
    if kept is not None and (ended or not fed.payment.has_provider_data):
        provider_data.erase(payment_id)
    return fed


def _has_provider_data(payment_id: uuid.UUID) -> bool:
    return Payment.objects.values_list("has_provider_data", flat=True).get(pk=payment_id)


def _refuse_money(event: str, *, by_time: bool) -> None:
    if canonical(event) in MONEY_EVENTS and not (by_time and ends(event)):
        raise EventRefused(f"{event} says what happened to money: only the provider's own news may.", param="event")


def _check(payment: Payment, machine: Machine, decision: Decision) -> None:
    """Refuse what would say of money what no verdict has said."""
    before = machine.business_states[machine.state(decision.from_state).business_state]
    proof = _PROOF.get(decision.business_state)
    if proof is not None and decision.business_state != before and not proof(payment):
        raise EventRefused(f"{decision.event} would enter {decision.to_state}, which tells of money.", param="event")
    if not ends(saga.news_of(decision)):
        return
    if payment.authorized or payment.captured:
        raise EventRefused(f"{decision.event} would end a payment that holds money.", param="event")
    if payment.attempts.filter(state__in=UNDECIDED).exists():
        raise UndecidedAttempt(f"{decision.event} would end a payment whose operation at the provider is not decided.")
    if asked_elsewhere(payment):
        raise EventRefused(
            f"{decision.event} would end a payment that another service may have charged.", param="event"
        )


def _bound(payment: Payment) -> None:
    if payment.transitions.filter(source=Source.STEP).count() >= settings.SAGA_MAX_STEPS:
        raise StepLimit(f"The steps of this payment have fed {settings.SAGA_MAX_STEPS} events already.")
