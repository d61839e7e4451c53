"""Authorise: write down what an order system wants to be paid. A worker charges it, or the customer starts it."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import Busy, Conflict, HubError, InvalidField
from paymenthub.kernel.money import Money
from payments.attempts import provider_data
from payments.domain.order_words import OrderStatus
from payments.idempotency import Claim
from payments.models import BusReceipt, BusState, CaptureMode, OrderIntent, Payment, Project

from . import bus_events
from .order_choices import choices
from .ordering import constraint_of
from .pay import PayCommand, offered

_CLAIMS = ("order_intent_claims_cart", "order_intent_claims_order")


class OtherAuthorization(Conflict):
    """The cart or the order is being paid, or was paid, with other content, or the order was cancelled."""

    code = "other_authorization"


@dataclass(frozen=True, slots=True)
class AuthorizeCommand:
    """The command `authorize-payment`. `provider_data` is a usable token: with it a worker charges at once."""

    project: Project
    mode: str
    cart_id: uuid.UUID
    money: Money
    customer_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    provider: str = ""
    method: str = ""
    provider_data: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The intent; `replayed` tells that an equal command made it before."""

    intent: OrderIntent
    replayed: bool = False


def authorize_order(command: AuthorizeCommand, claim: Callable[[OrderIntent], Claim] | None = None) -> Authorization:
    """Write an intent down once per cart (and per order, where one is named), in a transaction of its own.

    The same cart with the same amount and currency returns the first one, until that has failed or was cancelled.
    Raises InvalidField, `OtherAuthorization`, or Busy with nothing written. `claim` makes of
    the intent what is taken and answered in the same transaction.
    """
    with prepared(command) as intent:

        def once() -> Authorization:
            with db.durable():
                authorization = write_down(command, intent)
                if claim is not None and not authorization.replayed:
                    key = claim(intent)
                    key.take(None)
                    key.settle(None)
                return authorization

        return db.retry_serialization(once)


@contextlib.contextmanager
def prepared(command: AuthorizeCommand) -> Iterator[OrderIntent]:
    """Make the intent of a command, not saved, and keep its token for the worker: before the transaction, since a worker
    may come from the commit on. A token that no intent needs in the end is forgotten. Raises InvalidField or Busy."""
    intent = _new_intent(command)
    if not intent.has_token:
        yield intent
        return
    try:
        provider_data.keep(intent.id, command.provider_data)
        if provider_data.take(intent.id) is None:
            raise Busy("What the provider needs cannot be kept for the worker at the moment. Nothing was done.")
        yield intent
    finally:
        if not OrderIntent.objects.filter(pk=intent.id).exists():
            provider_data.erase(intent.id)


def write_down(command: AuthorizeCommand, intent: OrderIntent) -> Authorization:
    """Write a prepared intent down, inside the caller's transaction."""
    try:
        with transaction.atomic():
            intent.save(force_insert=True)
            _refuse_order_paid_otherwise(intent)
    except IntegrityError as error:
        if constraint_of(error) not in _CLAIMS:
            raise
        return Authorization(_first(command), replayed=True)
    if intent.status == OrderStatus.SUCCEEDED:
        bus_events.tell(intent, bus_events.requested(intent), bus_events.succeeded(intent))
    # News of this order may have come before the order.
    waiting = BusReceipt.objects.filter(project_id=intent.project_id, mode=intent.mode, state=BusState.WAITING)
    waiting.filter(order_id=intent.order_id).update(next_try_at=clock.now())
    return Authorization(intent)


def _new_intent(command: AuthorizeCommand) -> OrderIntent:
    provider, method = command.provider, command.method
    nothing = command.money.amount == 0
    if not nothing:
        provider, method = _payable(command)
    now = clock.now()
    order_id = command.order_id or ids.new_uuid()
    has_token = bool(command.provider_data) and not nothing
    expires_at = None if has_token or nothing else now + dt.timedelta(hours=settings.ORDER_CHECKOUT_HOURS)
    return OrderIntent(
        project=command.project,
        mode=command.mode,
        cart_id=command.cart_id,
        claimed_cart_id=command.cart_id,
        order_id=order_id,
        claimed_order_id=order_id,
        customer_id=command.customer_id,
        amount=command.money.amount,
        currency=command.money.currency,
        provider=provider,
        method=method,
        has_token=has_token,
        status=OrderStatus.SUCCEEDED if nothing else OrderStatus.REQUESTED,
        expires_at=expires_at,
        work_due_at=now if has_token else expires_at,
    )


def _payable(command: AuthorizeCommand) -> tuple[str, str]:
    """Name provider and method as far as they are known already. Raises InvalidField where nothing could take it."""
    possible = choices(
        command.project, command.mode, command.money.currency, provider=command.provider, method=command.method
    )
    if command.provider and command.method:
        _check_offer(command)
    if not possible:
        raise InvalidField("This project has nothing by which this could be paid.", param="provider")
    if len(possible) == 1:
        return possible[0].provider, possible[0].method
    if command.provider_data:
        raise InvalidField("Say whom providerData is for: several could take it.", param="paymentMethod")
    return command.provider, command.method


def _check_offer(command: AuthorizeCommand) -> None:
    wanted = PayCommand(
        project=command.project,
        mode=command.mode,
        provider=command.provider,
        method=command.method,
        money=command.money,
        shop_transaction_id="",
        capture_mode=capture_mode(),
    )
    try:
        offered(wanted)
    except HubError as error:
        raise InvalidField(error.message, param=_FIELDS.get(error.param or "", "provider")) from error


_FIELDS = {"method": "paymentMethod", "currency": "currency"}


def capture_mode() -> CaptureMode:
    """Say whether orders' money is held first or taken at once."""
    return CaptureMode.AUTOMATIC if settings.ORDER_CAPTURE_ON == "at_once" else CaptureMode.MANUAL


def _refuse_order_paid_otherwise(intent: OrderIntent) -> None:
    claimed = Payment.objects.filter(
        project_id=intent.project_id, mode=intent.mode, claimed_shop_transaction_id=str(intent.order_id)
    )
    if claimed.exists():
        raise OtherAuthorization("A payment of another kind has this order's id.", param="orderId")


def _first(command: AuthorizeCommand) -> OrderIntent:
    """Return the intent that this command repeats. Raises `OtherAuthorization` for other content."""
    of_merchant = OrderIntent.objects.filter(project=command.project, mode=command.mode)
    by_order = of_merchant.filter(claimed_order_id=command.order_id).first() if command.order_id else None
    first = of_merchant.filter(claimed_cart_id=command.cart_id).first()
    if by_order is not None and by_order.cancelled_at is not None:
        raise OtherAuthorization("This order was cancelled.", param="orderId")
    if first is None or (by_order is not None and by_order.id != first.id):
        raise OtherAuthorization("This order is paid by another cart.", param="orderId")
    if (first.amount, first.currency) != (command.money.amount, command.money.currency):
        raise OtherAuthorization(
            "This cart is being paid with another amount or currency.",
            param="amount",
            details={"paymentId": str(first.id)},
        )
    if command.order_id not in (None, first.order_id):
        raise OtherAuthorization("This cart is being paid for another order.", param="orderId")
    if command.customer_id not in (None, first.customer_id):
        raise OtherAuthorization("This cart is being paid by another customer.", param="customerId")
    return first
