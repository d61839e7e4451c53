"""This hub as the Flow Manager: sagas are created, and outside services tell how the operations went that they carried out.

Events about money become verdicts, through the one door; an event never moves money by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import (
    DuplicateTransaction,
    InvalidField,
    NotFound,
    Unprocessable,
    UnsupportedOperation,
    WrongState,
)
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts.outside import BY_NAME
from payments.domain.attempt import AttemptState
from payments.domain.deep_merge import Unmergeable, deep_merge
from payments.domain.events import MONEY_EVENTS, PaymentEvent, canonical
from payments.models import FlowSaga, Payment, Project, Source
from payments.saga.change import Change
from payments.saga.commands import goes_outside
from payments.selectors.attempts import paying_attempt
from payments.services.feed_event import EventRefused, Outcome, feed
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund

from . import answers
from .metadata import cleaned, part, provider_data_in
from .paying import pay_command

_NOT_OFFERED = {
    PaymentEvent.AUTHORIZATION_REQUESTED: "subscriptions",
    PaymentEvent.SUBSCRIPTION_START: "subscriptions",
    PaymentEvent.SUBSCRIPTION_PAYMENT_REQUESTED: "subscriptions",
    PaymentEvent.SUBSCRIPTION_SCHEDULED_REQUESTED: "subscriptions",
}
STARTS = frozenset({PaymentEvent.SCHEDULE_REQUESTED, PaymentEvent.LINK_REQUESTED})
"""Events that ask for the payment of a saga that has none yet."""
_LONGEST_REFUND_ID = 60


@dataclass(frozen=True, slots=True)
class SagaEvent:
    """An event as it came. `evidence` names the request, `actor` the key."""

    project: Project
    mode: str
    saga_id: str
    label: str
    payload: Mapping[str, Any]
    evidence: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an event: whether the saga took it, and where it stands. An event without a way is ignored, as Flow
    Managers do."""

    saga_id: str
    taken: bool
    state: str


def create_saga(*, project: Project, mode: str, associated_entity_id: str, metadata: Mapping[str, Any]) -> FlowSaga:
    """Create a saga; its payment is made when it is asked for. providerData in the metadata is not kept."""
    return FlowSaga.objects.create(
        id=ids.new_uuid(),
        project=project,
        mode=mode,
        associated_entity_id=associated_entity_id,
        metadata=cleaned(metadata),
    )


def take_event(event: SagaEvent) -> Taken:
    """Take an event for a saga of this hub.

    Raises NotFound; EventRefused for one about money where this hub asks the provider itself; UnsupportedOperation; and
    what the operation raises that the event asks for (`scheduleRequested`, `refundRequested`).
    """
    payment, name = _payment(event), canonical(event.label)
    saga = saga_of(event) if payment is None else None
    if name in _NOT_OFFERED:
        raise UnsupportedOperation(f"This hub does not offer {_NOT_OFFERED[PaymentEvent(name)]} by events yet.")
    if saga is not None:
        return _first(event, saga, name)
    if payment is None:
        raise NotFound("There is no such saga.", param="key")
    if name in STARTS:
        return _scheduled_before(event, payment)
    if name == PaymentEvent.REFUND_REQUESTED:
        return _refund(event, payment)
    if goes_outside(payment) and name in answers.LABELS:
        taken = answers.take(payment, event.label, event.payload, evidence=event.evidence, actor=event.actor)
        if taken:
            _keep(payment, event.payload)
        return _stands(event, taken)
    return _fed(event, payment)


def saga_of(event: SagaEvent) -> FlowSaga | None:
    """Find a saga that was created and has no payment yet, or had none."""
    return find_saga(project=event.project, mode=event.mode, saga_id=event.saga_id)


def find_saga(*, project: Project, mode: str, saga_id: str) -> FlowSaga | None:
    """Find a saga that was created here, by its id."""
    key = ids.parse_public_id(ids.PAYMENT, saga_id)
    mine = FlowSaga.objects.select_related("project").filter(project=project, mode=mode)
    return mine.filter(pk=key).first() if key else None


def _payment(event: SagaEvent) -> Payment | None:
    key = ids.parse_public_id(ids.PAYMENT, event.saga_id)
    mine = Payment.objects.select_related("project", "provider_account").filter(project=event.project, mode=event.mode)
    return mine.filter(pk=key).first() if key is not None else None


def _first(event: SagaEvent, saga: FlowSaga, name: str) -> Taken:
    """Take an event of a saga that has no payment yet: metadata is gathered until the payment is asked for."""
    if name in MONEY_EVENTS:
        raise EventRefused(f"{event.label} says what happened to money, and nothing was asked for.", param="key")
    if name not in STARTS:
        if name == PaymentEvent.UPDATE:
            metadata = _merged(saga.metadata, event.payload)
            FlowSaga.objects.filter(pk=saga.pk).update(metadata=metadata)
        return Taken(event.saga_id, name == PaymentEvent.UPDATE, "PAYMENT_CREATED")
    return _pay(event, saga)


def _pay(event: SagaEvent, saga: FlowSaga) -> Taken:
    command = pay_command(
        project=saga.project,
        mode=saga.mode,
        metadata=_merged(saga.metadata, event.payload),
        provider_data=provider_data_in(event.payload),
        evidence=event.evidence,
        payment_id=saga.id,
        by_link=canonical(event.label) == PaymentEvent.LINK_REQUESTED,
    )
    claimed = Payment.objects.filter(
        project=saga.project, mode=saga.mode, claimed_shop_transaction_id=command.shop_transaction_id
    )
    if claimed.exclude(pk=saga.id).exists() or pay(command).payment.id != saga.id:
        raise DuplicateTransaction("Another payment has this shopTransactionId.", param="shopTransactionId")
    return _stands(event, True)


def _scheduled_before(event: SagaEvent, payment: Payment) -> Taken:
    if payment.claimed_shop_transaction_id is None:
        raise WrongState(f"This payment has ended: it is {payment.state}. Create another saga.", param="key")
    attempt, saga = paying_attempt(payment.id), saga_of(event)
    if saga is not None and attempt is not None and attempt.state == AttemptState.NOT_SENT:
        return _pay(event, saga)  # it was surely not sent: the same event sends it, with its own key
    return Taken(event.saga_id, False, payment.state)


def _refund(event: SagaEvent, payment: Payment) -> Taken:
    """Give back what the event asks for: the same `refundId`, or the same amount within a minute, is the same refund."""
    wanted = part(event.payload, "refundRequestData")
    amount, named = wanted.get("amount"), wanted.get("refundId") or ""
    if type(amount) is not int or amount < 1:
        raise InvalidField("A whole number of minor units above zero.", param="refundRequestData.amount")
    if not isinstance(named, str) or len(named) > _LONGEST_REFUND_ID or not named.isprintable():
        raise InvalidField(f"1 to {_LONGEST_REFUND_ID} printable characters.", param="refundRequestData.refundId")
    key = ids.parse_public_id(ids.REFUND, named)
    if key is not None and payment.refunds.filter(pk=key).exists():
        return Taken(event.saga_id, False, payment.state)
    command = RefundCommand(payment, Money(amount, payment.currency), batch_id=f"{BY_NAME}{named}" if named else "")
    done = refund(command, By(Source.API, event.evidence, event.actor))
    if done.attempt.amount != amount:
        raise WrongState("This refundId names a refund of another amount.", param="refundRequestData.refundId")
    return _stands(event, not done.replayed)


def _fed(event: SagaEvent, payment: Payment) -> Taken:
    if not goes_outside(payment) and canonical(event.label) in MONEY_EVENTS:
        raise EventRefused(
            f"{event.label} says what happened to money: of this saga only the provider's own news may.", param="key"
        )
    fed = feed(payment.id, event.label, event.payload, source=Source.API, actor=event.actor, evidence=event.evidence)
    return _stands(event, fed.outcome is Outcome.TAKEN)


def _keep(payment: Payment, payload: Mapping[str, Any]) -> None:
    """Keep what came along with news that was taken."""
    with db.durable():
        locked = locks.payment(payment.id)
        locked.saga_metadata = _merged(locked.saga_metadata, payload)
        Change(locked, source=Source.API).save()


def _merged(metadata: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        merged: dict[str, Any] = deep_merge(dict(metadata), cleaned(payload))
    except Unmergeable as error:
        raise Unprocessable(str(error), param="value.messagePayload") from None
    return merged


def _stands(event: SagaEvent, taken: bool) -> Taken:
    payment = _payment(event)
    return Taken(event.saga_id, taken, "" if payment is None else payment.state)
