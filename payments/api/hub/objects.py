"""Payments, refunds and events as `/v1` shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from paymenthub.kernel import ids
from paymenthub.kernel.redact import redact_text
from payments.api.gateway.responses import PaymentId
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Movement, OutboxEvent, Payment, Refund, Transition
from payments.selectors.refunds import TRY
from payments.selectors.status import status_of

HubPaymentId = Annotated[
    str, Meta(description="Our id of the payment, always there.", examples=["pay_0197a2c4d5e67f8091a2b3c4d5e6f708"])
]
InDoubt = Annotated[
    bool,
    Meta(description="Something was sent and nobody knows yet how it went. The hub keeps asking; never repeat it."),
]


class Amounts(msgspec.Struct, rename="camel", kw_only=True):
    """Minor units of the payment's currency."""

    authorized: int
    captured: int
    capturable: int
    refunded: Annotated[int, Meta(description="Given back by this hub.")]
    refund_reserved: Annotated[int, Meta(description="On its way back, not confirmed yet.")]
    refunded_elsewhere: Annotated[int, Meta(description="Given back without this hub, at the provider.")]
    charged_back: int
    refundable: int


class PaymentSummary(msgspec.Struct, rename="camel", kw_only=True):
    """A payment in a list."""

    id: HubPaymentId
    payment_id: PaymentId
    shop_transaction_id: str
    type: str
    provider: str
    method: str
    amount: int
    currency: str
    status: Literal["ACCEPTED", "FAILED", "PENDING"]
    state: str
    business_state: int
    in_doubt: InDoubt
    amounts: Amounts
    created_at: datetime
    updated_at: datetime


class CaptureObject(msgspec.Struct, rename="camel", kw_only=True):
    """Money that was taken."""

    attempt_id: str | None
    amount: int
    captured_at: datetime


class RefundObject(msgspec.Struct, rename="camel", kw_only=True):
    """Money on its way back: `open` until the provider has said yes or no."""

    id: Annotated[str, Meta(examples=["rf_0197a2c4d5e67f8091a2b3c4d5e6f70a"])]
    payment_id: PaymentId
    hub_payment_id: HubPaymentId
    amount: int
    currency: str
    state: Literal["open", "succeeded", "failed", "reversed"]
    in_doubt: InDoubt
    reason: str
    note: str
    actor: str
    batch_id: str | None
    over_chargeback: bool
    failure: str
    created_at: datetime
    decided_at: datetime | None


class ReferenceObject(msgspec.Struct, rename="camel", kw_only=True):
    """One id by which the provider names something."""

    kind: str
    value: str


class AttemptObject(msgspec.Struct, rename="camel", kw_only=True):
    """One operation at the provider."""

    id: str
    kind: str
    state: str
    amount: int
    refund_id: str | None
    decline_reason: str
    decline_code: str
    decline_message: str
    elapsed_ms: int | None
    references: list[ReferenceObject]
    created_at: datetime
    decided_at: datetime | None


class TransitionObject(msgspec.Struct, rename="camel", kw_only=True):
    """One step of the payment: what happened, who said so, what proves it."""

    number: int
    at: datetime
    event: str
    from_state: str
    to_state: str
    unexpected: Annotated[bool, Meta(description="The machine had no way for it; the amounts are right all the same.")]
    source: str
    evidence: str
    actor: str


class PaymentDetail(PaymentSummary, kw_only=True):
    """A payment with everything that belongs to it."""

    mode: Literal["test", "live"]
    provider_account: str
    capture_mode: Literal["automatic", "manual"]
    description: str
    buyer: dict[str, Any]
    additional_data: dict[str, Any]
    expires_at: datetime | None
    authorization_expires_at: datetime | None
    captures: list[CaptureObject]
    refunds: list[RefundObject]
    attempts: list[AttemptObject]
    timeline: list[TransitionObject]


class EventObject(msgspec.Struct, rename="camel", kw_only=True):
    """Something that happened to a payment or a subscription. `sequence` orders the events of one, without holes."""

    id: Annotated[str, Meta(examples=["evt_0197a2c4d5e67f8091a2b3c4d5e6f70b"])]
    type: str
    hub_payment_id: HubPaymentId | None
    payment_id: PaymentId | None
    subscription_id: Annotated[str | None, Meta(examples=["sub_0197a2c4d5e67f8091a2b3c4d5e6f70b"])]
    sequence: int
    created_at: datetime
    data: Annotated[dict[str, Any], Meta(description="The status object as it was then.")]


def amounts_of(payment: Payment) -> Amounts:
    """Show the amounts."""
    return Amounts(
        authorized=payment.authorized,
        captured=payment.captured,
        capturable=payment.capturable,
        refunded=payment.refunded_by_us,
        refund_reserved=payment.refund_reserved,
        refunded_elsewhere=payment.refunded_elsewhere,
        charged_back=payment.charged_back,
        refundable=payment.refundable,
    )


def summary(payment: Payment, *, in_doubt: bool) -> PaymentSummary:
    """Show a payment in a list."""
    return PaymentSummary(**summary_fields(payment, in_doubt))


def detail(payment: Payment) -> PaymentDetail:
    """Show a payment with everything that belongs to it: one query for each kind of row."""
    attempts = list(
        payment.attempts.select_related("refund").prefetch_related("references").order_by("created_at", "id")
    )
    asked = {attempt.refund_id: attempt for attempt in attempts if attempt.refund_id}
    in_doubt = any(attempt.state == AttemptState.UNKNOWN for attempt in attempts)
    captures = payment.movements.filter(kind="captured").select_related("attempt").order_by("created_at", "id")
    return PaymentDetail(
        **summary_fields(payment, in_doubt),
        mode=payment.mode,  # type: ignore[arg-type]
        provider_account=payment.provider_account.name if payment.provider_account else "",
        capture_mode=payment.capture_mode,  # type: ignore[arg-type]
        description=payment.description,
        buyer=payment.buyer,
        additional_data=payment.additional_data,
        expires_at=payment.expires_at,
        authorization_expires_at=payment.authorization_expires_at,
        captures=[_capture(movement) for movement in captures],
        refunds=[
            refund_object(row, payment, asked.get(row.id)) for row in payment.refunds.order_by("created_at", "id")
        ],
        attempts=[_attempt(attempt) for attempt in attempts],
        timeline=[_transition(row) for row in payment.transitions.order_by("number")],
    )


def refund_object(refund: Refund, payment: Payment, attempt: Attempt | None) -> RefundObject:
    """Show a refund."""
    return RefundObject(
        id=refund.public_id,
        payment_id=payment.wire_id,
        hub_payment_id=payment.public_id,
        amount=refund.amount,
        currency=refund.currency,
        state=refund.state,  # type: ignore[arg-type]
        in_doubt=attempt is not None and attempt.state == AttemptState.UNKNOWN,
        reason=refund.reason,
        note=refund.note,
        actor=refund.actor,
        batch_id=refund.batch_id.partition(TRY)[0] or None,
        over_chargeback=refund.over_chargeback,
        failure=refund.failure,
        created_at=refund.created_at,
        decided_at=refund.decided_at,
    )


def event_object(event: OutboxEvent) -> EventObject:
    """Show an event."""
    return EventObject(
        id=event.public_id,
        type=event.type,
        hub_payment_id=event.payment.public_id if event.payment else None,
        payment_id=event.payment.wire_id if event.payment else None,
        subscription_id=event.subscription.public_id if event.subscription else None,
        sequence=event.sequence,
        created_at=event.created_at,
        data=event.body,
    )


def summary_fields(payment: Payment, in_doubt: bool) -> dict[str, Any]:
    """Name what a list shows of a payment, by the fields of `PaymentSummary`."""
    return {
        "id": payment.public_id,
        "payment_id": payment.wire_id,
        "shop_transaction_id": payment.shop_transaction_id,
        "type": payment.type,
        "provider": payment.provider,
        "method": payment.method,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": status_of(payment).value,
        "state": payment.state,
        "business_state": payment.business_state,
        "in_doubt": in_doubt,
        "amounts": amounts_of(payment),
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
    }


def _capture(movement: Movement) -> CaptureObject:
    attempt = movement.attempt
    return CaptureObject(
        attempt_id=attempt.public_id if attempt else None, amount=movement.amount, captured_at=movement.occurred_at
    )


def _attempt(attempt: Attempt) -> AttemptObject:
    return AttemptObject(
        id=attempt.public_id,
        kind=attempt.kind,
        state=attempt.state,
        amount=attempt.amount,
        refund_id=ids.public_id(ids.REFUND, attempt.refund_id) if attempt.refund_id else None,
        decline_reason=attempt.decline_reason,
        decline_code=attempt.decline_code,
        decline_message=redact_text(attempt.decline_message),
        elapsed_ms=attempt.elapsed_ms,
        references=[ReferenceObject(kind=row.kind, value=row.value) for row in attempt.references.all()],
        created_at=attempt.created_at,
        decided_at=attempt.decided_at,
    )


def _transition(row: Transition) -> TransitionObject:
    return TransitionObject(
        number=row.number,
        at=row.created_at,
        event=row.event,
        from_state=row.from_state,
        to_state=row.to_state,
        unexpected=row.unexpected,
        source=row.source,
        evidence=row.evidence,
        actor=row.actor,
    )
