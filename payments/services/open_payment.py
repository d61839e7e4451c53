"""Open a payment before its method is known: written down, and nothing asked of anybody."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import DuplicateTransaction, IdempotencyInFlight
from paymenthub.kernel.money import Money
from payments.models import CaptureMode, Payment, PaymentType, Project, Source
from payments.saga import advance as saga
from payments.saga.change import Change

from .ordering import PayOnce, constraint_of


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A wish to be paid by a method that its customer will choose, until `expires_at` (default: CHECKOUT_HOURS from now).

    `allowed_methods`: `provider/method`, or a method at any provider; none: all. `link_id` is the payment link that it
    comes from, `order_intent_id` the order intent whose id it takes and which watches it, `payment_id` the id it takes
    where that was promised before.
    """

    project: Project
    mode: str
    money: Money
    shop_transaction_id: str
    type: PaymentType = PaymentType.DIRECT
    description: str = ""
    locale: str = ""
    buyer: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, Any] = field(default_factory=dict)
    success_redirect_url: str = ""
    failure_redirect_url: str = ""
    callback_url: str = ""
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC
    allowed_methods: Sequence[str] = ()
    expires_at: dt.datetime | None = None
    evidence: str = ""
    claim: PayOnce | None = None
    link_id: uuid.UUID | None = None
    order_intent_id: uuid.UUID | None = None
    payment_id: uuid.UUID | None = None
    saga_metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def promised_id(self) -> uuid.UUID | None:
        """The id that the payment must have."""
        return self.order_intent_id or self.payment_id


def open_payment(command: OpenCommand) -> Payment:
    """Open a payment once per shop transaction id; the same id with the same content returns the first one.

    Raises DuplicateTransaction for other content, and IdempotencyInFlight while another request takes the same key.
    """
    return open_once(command)[0]


def open_once(command: OpenCommand) -> tuple[Payment, bool]:
    """Do what `open_payment` does; the second value tells whether it was opened before."""
    try:
        return db.retry_serialization(lambda: _write_down(command)), False
    except IntegrityError as error:
        match constraint_of(error):
            case "payment_claims_shop_transaction" | "payments_payment_pkey":
                return _again(command), True
            case "idempotency_key_once":
                raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
        raise


def _write_down(command: OpenCommand) -> Payment:
    with db.durable():
        return write_open(command, Source.API)


def write_open(command: OpenCommand, source: Source) -> Payment:
    """Write an open payment down in the caller's transaction. IntegrityError where its shop transaction id is claimed."""
    payment = _new_payment(command)
    change = Change(payment, source=source, is_new=True, evidence=command.evidence)
    saga.create(change)
    change.save()
    if command.claim is not None:
        command.claim.take_for(payment)
    return payment


def _new_payment(command: OpenCommand) -> Payment:
    ends_at = command.expires_at or clock.now() + dt.timedelta(hours=settings.CHECKOUT_HOURS)
    return Payment(
        id=command.promised_id or ids.new_uuid(),
        of_order=command.order_intent_id is not None,
        created_at=clock.now(),
        project=command.project,
        mode=command.mode,
        shop_transaction_id=command.shop_transaction_id,
        claimed_shop_transaction_id=command.shop_transaction_id,
        type=command.type,
        amount=command.money.amount,
        currency=command.money.currency,
        capture_mode=command.capture_mode,
        in_checkout=True,
        allowed_methods=list(command.allowed_methods),
        checkout_ends_at=ends_at,
        expires_at=ends_at,
        link_id=command.link_id,
        description=command.description,
        locale=command.locale,
        buyer=dict(command.buyer),
        additional_data=dict(command.additional_data),
        saga_metadata=dict(command.saga_metadata),
        success_redirect_url=command.success_redirect_url,
        failure_redirect_url=command.failure_redirect_url,
        callback_url=command.callback_url,
    )


def _again(command: OpenCommand) -> Payment:
    """Return the payment that has the shop transaction id (or the promised id) already."""
    mine = Payment.objects.filter(project=command.project, mode=command.mode)
    payment = mine.filter(claimed_shop_transaction_id=command.shop_transaction_id).first()
    if payment is None and command.promised_id is not None:
        payment = mine.filter(pk=command.promised_id).first()  # what was promised is opened once
    if payment is None:
        return open_payment(command)  # it ended between our insert and this look: the next one starts anew
    promised = command.promised_id
    if _content(payment) != _asked(command) or (promised is not None and payment.id != promised):
        raise DuplicateTransaction(
            "This shopTransactionId belongs to a payment with other content.",
            param="shopTransactionId",
            details={"paymentId": payment.public_id},
        )
    if command.claim is not None:
        _keep(command.claim, payment)
    return payment


def _keep(claim: PayOnce, payment: Payment) -> None:
    """Let a new key stand for the payment that its request has found."""
    try:
        with db.durable():
            claim.take_for(payment)
    except IntegrityError as error:
        if constraint_of(error) != "idempotency_key_once":
            raise


def _content(payment: Payment) -> tuple[Any, ...]:
    return (
        payment.in_checkout,
        payment.money,
        payment.type,
        payment.capture_mode,
        set(payment.allowed_methods),
        payment.link_id,
    )


def _asked(command: OpenCommand) -> tuple[Any, ...]:
    return (
        True,
        command.money,
        command.type,
        command.capture_mode,
        set(command.allowed_methods),
        command.link_id,
    )
