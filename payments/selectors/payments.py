"""Find the payment that an order system speaks of, and list payments page by page."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from paymenthub.kernel import ids
from paymenthub.kernel.errors import Conflict, NotFound
from paymenthub.kernel.money import currencies
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Payment, Project, PspReference

from .keyset import Position
from .status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments of a project and mode are meant. Times: from inclusive, to exclusive; amounts: both inclusive."""

    shop_transaction_id: str | None = None
    state: str | None = None
    status: Status | None = None
    provider: str | None = None
    method: str | None = None
    created_from: dt.datetime | None = None
    created_to: dt.datetime | None = None
    amount_from: int | None = None
    amount_to: int | None = None


def find(*, project: Project, mode: str, wire_id: str, provider: str | None = None) -> Payment:
    """Find a payment by our id (`pay_…`) or by any id its provider gave it, inside one project and mode.

    Raises NotFound for anybody else's, and for one at another provider than a given one; Conflict where two payments
    were given one id.
    """
    mine = Payment.objects.select_related("project", "provider_account").filter(project=project, mode=mode)
    if provider is not None:
        mine = mine.filter(provider=provider)
    ours = ids.parse_public_id(ids.PAYMENT, wire_id)
    if ours is not None:
        payment = mine.filter(pk=ours).first()
        if payment is not None:
            return payment
    references = PspReference.objects.filter(project=project, value=wire_id)
    named = list(mine.filter(pk__in=references.values("payment"))[:2])
    if not named:
        raise NotFound("There is no such payment.", param="paymentId")
    if len(named) > 1:
        raise Conflict("Several payments have this id; ask by the hubPaymentId of one of them.", param="paymentId")
    return named[0]


def paid_meanwhile(payment: Payment) -> Payment | None:
    """Return another payment that has paid, or holds the money for, the same order."""
    same = Payment.objects.filter(
        project_id=payment.project_id, mode=payment.mode, shop_transaction_id=payment.shop_transaction_id
    )
    return same.filter(Q(captured__gt=0) | Q(authorized__gt=0)).exclude(pk=payment.pk).order_by("created_at").first()


def find_many(*, project: Project, mode: str, wire_ids: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Find the payments of many ids at once, as `find` does for one: none, one or several for each."""
    found: dict[str, set[uuid.UUID]] = {wire_id: set() for wire_id in wire_ids}
    parsed = {wire_id: ids.parse_public_id(ids.PAYMENT, wire_id) for wire_id in found}
    mine = Payment.objects.filter(project=project, mode=mode)
    known = set(mine.filter(pk__in=[key for key in parsed.values() if key]).values_list("pk", flat=True))
    for wire_id, key in parsed.items():
        if key in known:
            found[wire_id].add(key)
    by_provider = PspReference.objects.filter(
        project=project, payment__mode=mode, value__in=[wire_id for wire_id, keys in found.items() if not keys]
    )
    for value, payment_id in by_provider.values_list("value", "payment_id"):
        found[value].add(payment_id)
    return found


def page(
    *, project: Project, mode: str, wanted: PaymentFilter, limit: int, before: Position | None = None
) -> list[Payment]:
    """List payments, newest first, from after `before` on."""
    found = _matching(Payment.objects.filter(project=project, mode=mode), wanted)
    if before is not None:
        found = found.filter(before.older())
    return list(found.order_by("-created_at", "-id")[:limit])


def in_doubt(payment_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those that have an operation of which nobody knows how it went."""
    unknown = Attempt.objects.filter(payment_id__in=list(payment_ids), state=AttemptState.UNKNOWN)
    return set(unknown.values_list("payment_id", flat=True))


def _matching(payments: QuerySet[Payment], wanted: PaymentFilter) -> QuerySet[Payment]:
    exact = {
        name: value
        for name in ("shop_transaction_id", "state", "provider", "method")
        if (value := getattr(wanted, name)) is not None
    }
    bounds = {
        lookup: value
        for lookup, value in (
            ("created_at__gte", wanted.created_from),
            ("created_at__lt", wanted.created_to),
            ("amount__gte", wanted.amount_from),
            ("amount__lte", wanted.amount_to),
        )
        if value is not None
    }
    payments = payments.filter(**exact, **bounds)
    if wanted.amount_from is not None or wanted.amount_to is not None:
        # The index has the currency before the amount: naming all of them is one short look-up each.
        payments = payments.filter(currency__in=currencies())
    # The same words as `status_of`; the last two have partial indexes under exactly these conditions.
    match wanted.status:
        case Status.ACCEPTED:
            return payments.filter(captured__gt=0)
        case Status.FAILED:
            return payments.filter(captured=0, claimed_shop_transaction_id=None)
        case Status.PENDING:
            return payments.filter(captured=0, claimed_shop_transaction_id__isnull=False)
    return payments
