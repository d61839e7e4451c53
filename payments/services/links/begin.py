"""Begin to pay by a link: who may, decided under the link's lock, so that it is never paid more often than it may be.

Every payment that is begun takes one of the link's places until it ends without money. Whoever finds none free takes the
place of a payment that nobody has finished, once that is surely closed at its PSP; a payment in doubt keeps its place.
"""

import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import (
    HubError,
    InvalidField,
    NotFound,
    OperationInProgress,
    UnsupportedOperation,
    WrongState,
)
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import reconcile
from payments.models import CaptureMode, Payment, PaymentLink, PaymentLinkUse, PaymentType, Source
from payments.selectors import links
from payments.selectors.attempts import paying_attempt
from payments.services.cancel import expire
from payments.services.open_payment import OpenCommand, write_open
from payments.services.ordering import By, constraint_of

_LOOKS = 5
"""How often a visitor's wish is decided anew after somebody else was faster."""


class LinkOver(WrongState):
    """The link's time is over, or it was switched off."""

    code = "link_over"


class LinkUsed(WrongState):
    """The link was paid as often as it may be."""

    code = "link_used"


class LinkTaken(OperationInProgress):
    """Somebody else pays by this link at this moment, or it is not known yet whether they have."""

    code = "link_taken"


@dataclass(frozen=True, slots=True)
class BeginCommand:
    """A visitor's wish to pay. `amount` (minor units) where the link lets them choose; `visitor` names their browser."""

    link_id: uuid.UUID
    amount: int | None = None
    visitor: str = ""
    locale: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class _Decided:
    """The visitor's payment, or whose place they may take."""

    payment: Payment | None = None
    in_place_of: Payment | None = None


@dataclass(slots=True)
class _Kept:
    """Whose places could not be had, and how many numbers are another's."""

    places: set[uuid.UUID] = field(default_factory=set)
    numbers: int = 0


def begin(command: BeginCommand) -> Payment:
    """Return the payment to go on with: the visitor's own that is not ended, or a new one `{shopTransactionId}-{n}`.

    Raises LinkOver, LinkUsed, LinkTaken, InvalidField for an amount out of bounds, and NotFound.
    """
    kept = _Kept()
    for _ in range(_LOOKS):
        try:
            decided = db.retry_serialization(lambda: _decide(command, kept))
        except PaymentLink.DoesNotExist:
            raise NotFound("There is no such payment link.") from None
        except IntegrityError as error:
            if constraint_of(error) != "payment_claims_shop_transaction":
                raise
            kept.numbers += 1  # the order system has used `{shopTransactionId}-{n}` itself
            continue
        if decided.payment is not None:
            return decided.payment
        if decided.in_place_of is not None and not _ended(decided.in_place_of, command):
            kept.places.add(decided.in_place_of.pk)
    raise LinkTaken("Somebody else is paying by this link at this moment.")


def _decide(command: BeginCommand, kept: _Kept) -> _Decided:
    with db.durable():
        link = locks.payment_link(command.link_id)
        uses = links.uses_of(link.pk)
        mine = links.use_of_visitor(link.pk, command.visitor)
        mine = mine if mine is not None and links.is_open(mine) else None
        status = links.status_of(link, uses)
        if mine is not None and (status is not links.LinkStatus.OPEN or mine.money == _wanted(link, command)):
            return _Decided(mine)  # whoever began in time may finish
        if status is links.LinkStatus.USED:
            raise LinkUsed("This link was paid before.")
        if status is not links.LinkStatus.OPEN:
            raise LinkOver("This link has ended.", details={"status": status.value})
        money = _wanted(link, command)
        if mine is not None:
            return _place_of([mine], kept)  # another amount: the first one's payment ends
        if link.max_uses is not None and uses.paid + uses.open >= link.max_uses:
            return _place_of(links.open_uses(link.pk), kept)
        return _Decided(_write_down(link, money, command, kept))


def _place_of(candidates: list[Payment], kept: _Kept) -> _Decided:
    """Name the oldest payment whose place may be had. Raises LinkTaken where there is none."""
    free = next((payment for payment in candidates if payment.pk not in kept.places), None)
    if free is None:
        raise LinkTaken("Somebody else is paying by this link at this moment.")
    return _Decided(in_place_of=free)


def _wanted(link: PaymentLink, command: BeginCommand) -> Money:
    """Return what is to be paid. Raises InvalidField."""
    if link.amount is not None:
        return Money(link.amount, link.currency)
    low, high = link.min_amount or 1, link.max_amount or 1
    if command.amount is None or not low <= command.amount <= high:
        raise InvalidField(f"An amount from {low} to {high}, in minor units.", param="amount")
    return Money(command.amount, link.currency)


def _write_down(link: PaymentLink, money: Money, command: BeginCommand, kept: _Kept) -> Payment:
    link.started += 1 + kept.numbers
    payment = write_open(
        OpenCommand(
            project=link.project,
            mode=link.mode,
            money=money,
            shop_transaction_id=f"{link.shop_transaction_id}-{link.started}",
            type=PaymentType.PAY_BY_LINK,
            description=link.description,
            locale=link.locale or command.locale,
            buyer=link.buyer,
            additional_data=link.additional_data,
            success_redirect_url=link.success_redirect_url,
            failure_redirect_url=link.failure_redirect_url,
            callback_url=link.callback_url,
            capture_mode=CaptureMode(link.capture_mode),
            allowed_methods=link.allowed_methods,
            evidence=command.evidence,
            link_id=link.pk,
        ),
        Source.CHECKOUT,
    )
    PaymentLinkUse.objects.create(link=link, payment=payment, number=link.started, visitor=command.visitor)
    link.save(update_fields=["started", "updated_at"])
    return payment


def _ended(payment: Payment, command: BeginCommand) -> bool:
    """End an unfinished payment, at its PSP too, so that nobody can pay it any more; tell whether that is sure.

    The PSP is asked first: its customer may have paid in the last moment.
    """
    by = By(source=Source.CHECKOUT, evidence=command.evidence)
    attempt = paying_attempt(payment.pk)
    if attempt is not None and attempt.is_undecided:
        reconcile.check(attempt.pk, source=by.source, evidence=by.evidence)
    payment = Payment.objects.select_related("project", "provider_account").get(pk=payment.pk)
    if not links.is_open(payment):
        return True
    try:
        expire(payment, by)
    except (OperationInProgress, UnsupportedOperation, WrongState):
        return False
    except HubError as error:
        if not error.retryable:
            raise
        return False
    payment.refresh_from_db()
    return not links.is_open(payment)
