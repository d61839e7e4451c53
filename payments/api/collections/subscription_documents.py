"""Subscriptions as documents: the saga (`/fm-subscriptions`), and the backoffice's view of it (`/subscriptions-view`)."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel.money import Money
from payments.domain.method_labels import method_label
from payments.domain.subscription import State
from payments.flow_manager.metadata import without_secrets
from payments.models import Payment
from payments.selectors.subscription_sagas import SubscriptionSaga

from .documents import SagaDocument, time_text

_STATUS = {
    State.CREATED.value: "created",
    State.ACTIVE.value: "active",
    State.EXPIRED.value: "not active",
    State.ABORTED.value: "not active",
}
_PAYMENT_STATUS = {0: "Created", 1: "Paid", 2: "Partially Refunded", 3: "Totally Refunded", 1000: "Failed"}
Major = Annotated[float, Meta(description="In the currency's major units: 12.99.")]


class ViewedPayment(msgspec.Struct, rename="camel", kw_only=True):
    """One payment of a subscription."""

    date: str
    id: Annotated[str, Meta(description="The payment's saga id.")] = msgspec.field(name="_id")
    shop_transaction_id: str
    amount: Major
    status: str


class SubscriptionRow(msgspec.Struct, rename="camel", kw_only=True):
    """A subscription as people read it; `_p` leaves out all but `_id` and what it names."""

    id: Annotated[str, Meta(description="Our own id of it.")] = msgspec.field(name="_id")
    saga_id: str | UnsetType = UNSET
    amount: Major | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET
    status: (
        Annotated[str, Meta(description="`created`, `active`, `not active`, else the saga's state.")] | UnsetType
    ) = UNSET
    shop_subscription_id: str | UnsetType = UNSET
    interval: str | UnsetType = UNSET
    interval_count: int | UnsetType = UNSET
    next_payment_date: str | UnsetType | None = UNSET
    expiration_date: str | UnsetType | None = UNSET
    additional_data: dict[str, Any] | UnsetType = UNSET
    expire_requested: bool | UnsetType = UNSET
    transactions: list[ViewedPayment] | UnsetType = UNSET
    date: str | UnsetType = UNSET


def saga_document(saga: SubscriptionSaga) -> SagaDocument:
    """Write the saga."""
    row, latest = saga.subscription, saga.latest
    return SagaDocument(
        id=row.public_id,
        saga_id=row.public_id,
        is_final=saga.is_final,
        metadata=without_secrets(saga.metadata),
        current_state=row.state,
        latest_event={"messageLabel": latest.event, "timestamp": time_text(latest.created_at)} if latest else {},
        associated_entity_id=row.shop_subscription_id,
        events=saga.events,
        history=saga.history,
        business_state_id=str(row.business_state),
        business_state_description=saga.business_state,
        creator_id="public",
        created_at=time_text(row.created_at),
        updater_id="public",
        updated_at=time_text(row.updated_at),
        standing="PUBLIC",
    )


def view_row(saga: SubscriptionSaga) -> SubscriptionRow:
    """Write the row of the view."""
    row, metadata = saga.subscription, without_secrets(saga.metadata)
    return SubscriptionRow(
        id=row.public_id,
        saga_id=row.public_id,
        amount=_major(row.amount, row.currency),
        currency=row.currency,
        provider=row.provider,
        payment_method=method_label(row.method),
        status=_STATUS.get(row.state, row.state),
        shop_subscription_id=row.shop_subscription_id,
        interval=row.interval,
        interval_count=row.interval_count,
        next_payment_date=metadata["nextPaymentDate"],
        expiration_date=metadata["expirationDate"],
        additional_data=metadata["additionalData"],
        expire_requested=row.expire_requested,
        transactions=[_payment(payment) for payment in saga.payments],
        date=time_text(row.created_at),
    )


def _payment(payment: Payment) -> ViewedPayment:
    return ViewedPayment(
        date=time_text(payment.created_at),
        id=payment.public_id,
        shop_transaction_id=payment.shop_transaction_id,
        amount=_major(payment.amount, payment.currency),
        status=_PAYMENT_STATUS.get(payment.business_state, payment.state),
    )


def _major(minor: int, currency: str) -> float:
    # A number for people, as the published view has it: nothing is reckoned with it.
    return float(Money(minor, currency).to_decimal())
