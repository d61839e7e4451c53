"""Sagas as documents: in today's names (`/fm-transactions`), and in the first ones (`/transactions-saga`)."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payments.flow_manager.metadata import without_secrets
from payments.models import PaymentType
from payments.selectors.sagas import Saga

_FIRST_NAMES = (
    *("shopTransactionID", "amount", "paymentMethod", "provider", "isRecurrent", "recurrenceDetails", "buyer"),
    *("paymentID", "sessionToken", "additionalData", "refundDetails", "payRequestData", "refundRequestData"),
)


class SagaDocument(msgspec.Struct, rename="camel", kw_only=True):
    """A saga with all that its Flow Manager knows of it; `_p` leaves out all but `_id` and what it names. `events[i]`, and the
    i-th of each list of `history`, belong together."""

    id: Annotated[str, Meta(description="Our own id of it.")] = msgspec.field(name="_id")
    saga_id: str | UnsetType = UNSET
    is_final: bool | UnsetType = UNSET
    metadata: (
        Annotated[dict[str, Any], Meta(description="Everything that is known, without providerData.")] | UnsetType
    ) = UNSET
    current_state: str | UnsetType = UNSET
    latest_event: (
        Annotated[dict[str, Any], Meta(description="`{messageLabel, timestamp}` of the last event taken.")] | UnsetType
    ) = UNSET
    associated_entity_id: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    history: dict[str, list[dict[str, Any]]] | UnsetType = UNSET
    business_state_id: str | UnsetType = UNSET
    business_state_description: str | UnsetType = UNSET
    creator_id: str | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    updater_id: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET
    standing: Annotated[str, Meta(description="Always PUBLIC.")] | UnsetType = msgspec.field(
        name="__STATE__", default=UNSET
    )


def current(saga: Saga) -> SagaDocument:
    """Write a saga in today's names."""
    return _document(saga, without_secrets(saga.metadata))


def first(saga: Saga) -> SagaDocument:
    """Write a saga in the names and casing of the first version: all of them, null where nothing is known."""
    known = without_secrets(saga.metadata)
    more = dict(known.get("additionalData") or {})
    buyer = more.pop("buyer", None)
    known |= {
        "shopTransactionID": known.get("shopTransactionId"),
        "paymentID": known.get("paymentId"),
        "isRecurrent": saga.payment.type == PaymentType.SUBSCRIPTION,
        "buyer": known.get("buyer") or buyer,
        "additionalData": more,
    }
    return _document(saga, {name: known.get(name) for name in _FIRST_NAMES})


Source = TypeVar("Source")
Document = TypeVar("Document", bound=msgspec.Struct)


def projected(
    sagas: Sequence[Source], write: Callable[[Source], Document], paths: Sequence[str]
) -> list[Document] | list[dict[str, Any]]:
    """Write sagas, only the fields of `_p` where it names any; `_id` is always there."""
    written = [write(saga) for saga in sagas]
    if not paths:
        return written
    return [_picked(msgspec.to_builtins(document), ("_id", *paths)) for document in written]


def _picked(document: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in paths:
        source: Any = document
        place = found
        *parents, last = path.split(".")
        for name in parents:
            source = source.get(name) if isinstance(source, dict) else None
            if not isinstance(source, dict):
                break
            place = place.setdefault(name, {})
        if isinstance(source, dict) and last in source:
            place[last] = source[last]
    return found


def _document(saga: Saga, metadata: dict[str, Any]) -> SagaDocument:
    payment, latest = saga.payment, saga.latest
    return SagaDocument(
        id=payment.public_id,
        saga_id=saga.saga_id,
        is_final=saga.is_final,
        metadata=metadata,
        current_state=payment.state,
        latest_event={"messageLabel": latest.event, "timestamp": time_text(latest.created_at)} if latest else {},
        associated_entity_id=saga.associated_entity_id,
        events=saga.events,
        history=saga.history,
        business_state_id=str(payment.business_state),
        business_state_description=saga.business_state,
        creator_id="public",
        created_at=time_text(payment.created_at),
        updater_id="public",
        updated_at=time_text(payment.updated_at),
        standing="PUBLIC",
    )


def time_text(at: dt.datetime) -> str:
    """Write a moment as the collections do: UTC, in milliseconds."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
