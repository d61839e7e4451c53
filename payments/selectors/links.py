"""Reads about payment links: find, list, and how one stands."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from paymenthub.kernel import ids
from paymenthub.kernel.errors import NotFound
from payments.models import Payment, PaymentLink, PaymentLinkUse, Project

from .keyset import Position

_PAID = Q(captured__gt=0) | Q(authorized__gt=0)
_OPEN = Q(captured=0, authorized=0, claimed_shop_transaction_id__isnull=False)


class LinkStatus(StrEnum):
    """Whether a new customer may begin to pay. USED: it was paid as often as it may be."""

    OPEN = "open"
    EXPIRED = "expired"
    DISABLED = "disabled"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a link was paid (or is held for), and how many payments are begun and not ended."""

    paid: int = 0
    open: int = 0


def url_of(link: PaymentLink) -> str:
    """Return the address that customers are given."""
    return f"{settings.HUB_PUBLIC_URL}/l/{link.code}"


def uses_of(link_id: uuid.UUID) -> Uses:
    """Count a link's uses, in one statement: a payment that is paid at this moment is counted once."""
    counted = Payment.objects.filter(link_id=link_id).aggregate(paid=Count("pk", _PAID), open=Count("pk", _OPEN))
    return Uses(**counted)


def uses_of_each(link_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Uses]:
    """Count the uses of several links; one that was never used is missing."""
    rows = Payment.objects.filter(link_id__in=list(link_ids)).order_by().values("link_id")
    counted = rows.annotate(paid=Count("pk", _PAID), open=Count("pk", _OPEN))
    return {row["link_id"]: Uses(row["paid"], row["open"]) for row in counted if row["link_id"] is not None}


def with_paid(rows: QuerySet[PaymentLink]) -> QuerySet[PaymentLink]:
    """Count in the same statement how often each link was paid, as `paid_uses`."""
    paid = Payment.objects.filter(_PAID, link_id=OuterRef("pk")).order_by().values("link_id")
    return rows.annotate(paid_uses=Coalesce(Subquery(paid.annotate(number=Count("pk")).values("number")), 0))


def status_of(link: PaymentLink, uses: Uses) -> LinkStatus:
    """Tell how a link stands for somebody who comes now."""
    if link.disabled_at is not None:
        return LinkStatus.DISABLED
    if link.max_uses is not None and uses.paid >= link.max_uses:
        return LinkStatus.USED
    return LinkStatus.EXPIRED if link.is_over else LinkStatus.OPEN


def open_uses(link_id: uuid.UUID) -> list[Payment]:
    """List the payments of a link that are begun and not ended, the oldest first."""
    return list(Payment.objects.filter(_OPEN, link_id=link_id).order_by("created_at", "id"))


def use_of_visitor(link_id: uuid.UUID, visitor: str) -> Payment | None:
    """Return the latest payment that a browser has begun with a link, whatever came of it."""
    if not visitor:
        return None
    uses = PaymentLinkUse.objects.filter(link_id=link_id, visitor=visitor).select_related("payment__project")
    latest = uses.order_by("-number").first()
    return None if latest is None else latest.payment


def is_open(payment: Payment) -> bool:
    """Tell whether a use still waits for its customer or its provider."""
    return payment.claimed_shop_transaction_id is not None and not payment.captured and not payment.authorized


def find(*, project: Project, mode: str, link_id: str) -> PaymentLink:
    """Find a link by its public id. Raises NotFound."""
    key = ids.parse_public_id(ids.PAYMENT_LINK, link_id)
    link = PaymentLink.objects.filter(pk=key, project=project, mode=mode).first() if key is not None else None
    if link is None:
        raise NotFound("There is no such payment link.", param="linkId")
    link.project = project
    return link


def by_code(code: str) -> PaymentLink:
    """Find a link by the code of its address. Raises NotFound."""
    link = PaymentLink.objects.select_related("project__branding").filter(code=code).first()
    if link is None:
        raise NotFound("There is no such payment link.")
    return link


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """What a list is to hold; all that is given must hold."""

    shop_transaction_id: str | None = None
    disabled: bool | None = None


def page(*, project: Project, mode: str, wanted: LinkFilter, before: Position | None, limit: int) -> list[PaymentLink]:
    """List links, newest first."""
    rows = PaymentLink.objects.filter(project=project, mode=mode)
    if wanted.shop_transaction_id is not None:
        rows = rows.filter(shop_transaction_id=wanted.shop_transaction_id)
    if wanted.disabled is not None:
        rows = rows.filter(disabled_at__isnull=not wanted.disabled)
    if before is not None:
        rows = rows.filter(before.older())
    return list(rows.order_by("-created_at", "-id")[:limit])
