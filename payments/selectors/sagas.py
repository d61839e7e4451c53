"""Sagas as a Flow Manager's collection shows them: found by filters, and written as documents, many at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from paymenthub.kernel import ids
from paymenthub.kernel.errors import NotFound
from payments.domain.attempt import RefundState
from payments.models import FlowSaga, Payment, Project, PspReference, Refund, Transition

from . import machines
from .keyset import Position
from .saga_history import history_from
from .saga_metadata import metadata_of

LONGEST_ID = 255
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Saga:
    """A payment with what its document needs beside it."""

    payment: Payment
    saga_id: str
    associated_entity_id: str
    is_final: bool
    business_state: str
    metadata: dict[str, Any]
    history: dict[str, list[dict[str, Any]]]
    latest: Transition | None
    events: list[str]


def saga_id_of(payment: Payment) -> str:
    """Return a payment's saga id: that of the outside Flow Manager that keeps it, else our own."""
    return payment.flow_saga_id or payment.public_id


def with_saga_id(values: Sequence[str]) -> Q:
    """Match payments by their saga ids."""
    own = [key for value in values if (key := ids.parse_public_id(ids.PAYMENT, value)) is not None]
    return Q(flow_saga_id__in=[value for value in values if value]) | Q(pk__in=own, flow_saga_id="")


def find(*, project: Project, mode: str, saga_id: str) -> Payment:
    """Find a payment by its saga's id, or by ours (`pay_…`). Raises NotFound for anybody else's."""
    payment = find_or_none(project=project, mode=mode, saga_id=saga_id)
    if payment is None:
        raise NotFound("There is no such saga.", param="sagaId")
    return payment


def find_or_none(*, project: Project, mode: str, saga_id: str) -> Payment | None:
    """Find a payment as `find` does; None where there is none."""
    if not saga_id or len(saga_id) > LONGEST_ID or not saga_id.isprintable():
        return None
    named = Q(flow_saga_id=saga_id)
    own = ids.parse_public_id(ids.PAYMENT, saga_id)
    if own is not None:
        named |= Q(pk=own)
    found = matching(project=project, mode=mode, wanted=named).select_related("project", "provider_account")
    return found.order_by("created_at").first()


def payment_keys(*, project: Project, mode: str, saga_ids: Sequence[str]) -> dict[str, UUID]:
    """Return the key of the payment of each saga that is known here, by the saga's id as it was given."""
    own = {saga_id: key for saga_id in saga_ids if (key := ids.parse_public_id(ids.PAYMENT, saga_id)) is not None}
    named = Q(pk__in=own.values()) | Q(flow_saga_id__in=[saga_id for saga_id in saga_ids if saga_id])
    rows = list(matching(project=project, mode=mode, wanted=named).values_list("pk", "flow_saga_id"))
    keys = {key for key, _ in rows}
    by_saga = {flow_saga_id: key for key, flow_saga_id in rows if flow_saga_id}
    return {saga_id: key for saga_id, key in own.items() if key in keys} | by_saga


def with_payment_id(project: Project, values: Sequence[str]) -> Q:
    """Match payments by any id that a provider gave them, or by ours."""
    own = [key for value in values if (key := ids.parse_public_id(ids.PAYMENT, value)) is not None]
    named = PspReference.objects.filter(project=project, value__in=values).values("payment")
    return Q(pk__in=own) | Q(pk__in=named)


def matching(*, project: Project, mode: str, wanted: Q) -> QuerySet[Payment]:
    """Return a project's payments that a filter matches."""
    return Payment.objects.filter(wanted, project=project, mode=mode)


def page(
    found: QuerySet[Payment], *, order: Sequence[str], limit: int, skip: int = 0, before: Position | None = None
) -> list[Payment]:
    """Return a page in the given order. Only keys are read of what is skipped; a page from `before` on skips nothing."""
    if before is not None:
        found = found.filter(before.older())
    if not skip:
        return list(found.order_by(*order)[:limit])
    keys = list(found.order_by(*order).values_list("pk", flat=True)[skip : skip + limit])
    rows = Payment.objects.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def in_batches(found: QuerySet[Payment]) -> Iterator[list[Payment]]:
    """Read everything, newest first, a few hundred at a time, so that memory does not grow with the history."""
    position: Position | None = None
    while rows := page(found, order=("-created_at", "-id"), limit=_BATCH, before=position):
        yield rows
        position = Position(rows[-1].created_at, rows[-1].id)


def documents(payments: Sequence[Payment]) -> list[Saga]:
    """Return the sagas of payments, in three queries however many they are."""
    keys = [payment.id for payment in payments]
    taken: dict[UUID, list[Transition]] = defaultdict(list)
    for transition in Transition.objects.filter(payment_id__in=keys, unexpected=False).order_by("payment_id", "number"):
        taken[transition.payment_id].append(transition)
    entities = dict(FlowSaga.objects.filter(pk__in=keys).values_list("pk", "associated_entity_id"))
    refunded = _refunded(payment.id for payment in payments if payment.refunded_by_us)
    return [
        _document(payment, taken[payment.id], entities.get(payment.id), refunded[payment.id]) for payment in payments
    ]


def _refunded(keys: Iterable[UUID]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    wanted = list(keys)
    if wanted:
        done = Refund.objects.filter(payment_id__in=wanted, state=RefundState.SUCCEEDED).order_by("decided_at", "id")
        for payment_id, amount in done.values_list("payment_id", "amount"):
            found[payment_id].append(amount)
    return found


def _document(payment: Payment, transitions: list[Transition], entity: str | None, refunded: list[int]) -> Saga:
    is_final, words = False, ""
    try:
        machine = machines.machine(payment.machine, payment.machine_version)
        is_final = machine.state(payment.state).is_final
        words = machine.business_states.get(payment.business_state, "")
    except LookupError:
        pass  # a machine that is not installed any more: its words are gone, the payment is not
    return Saga(
        payment=payment,
        saga_id=saga_id_of(payment),
        associated_entity_id=entity or payment.shop_transaction_id,
        is_final=is_final,
        business_state=words,
        metadata=metadata_of(payment, refunded=refunded),
        history=history_from(payment, transitions),
        latest=transitions[-1] if transitions else None,
        events=[transition.event for transition in transitions],
    )
