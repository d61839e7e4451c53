"""What a PSP is asked, made from rows: the same rows make the same request, so that it can be sent again with its key."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.db.models import Q, QuerySet

from payments.domain.attempt import CLOSING, PAYING, AttemptKind
from payments.models import Attempt, Payment, ProviderAccount, PspReference, Subscription
from payments.selectors.keyring import ring
from providers.types import (
    Buyer,
    CancelRequest,
    CaptureRequest,
    FetchRequest,
    PayRequest,
    Reference,
    RefundRequest,
    SubscriptionRequest,
)

AnyRequest = PayRequest | CaptureRequest | CancelRequest | RefundRequest | SubscriptionRequest

_signer = Signer(salt="payments.return")


def return_token(attempt_hex: str) -> str:
    """Sign an attempt's id for the customer's way back."""
    return _signer.sign(attempt_hex)


def attempt_of_return_token(token: str) -> str:
    """Read the id out of such a token. Raises django's BadSignature."""
    return _signer.unsign(token)


def build(payment: Payment, attempt: Attempt, account: ProviderAccount, data: Mapping[str, Any]) -> AnyRequest:
    """Build the request of an attempt; `data` is a pay or authorise call's providerData."""
    match AttemptKind(attempt.kind):
        case AttemptKind.PAY | AttemptKind.AUTHORIZE | AttemptKind.LINK:
            return pay_request(payment, attempt, account, data)
        case AttemptKind.SUBSCRIPTION_SCHEDULE | AttemptKind.SUBSCRIPTION_START | AttemptKind.SUBSCRIPTION_PAY:
            return subscription_request(payment, attempt, account, data)
        case AttemptKind.CAPTURE:
            return CaptureRequest(
                attempt.money, _references(payment, attempt), payment.shop_transaction_id, attempt.final_capture
            )
        case AttemptKind.CANCEL | AttemptKind.CLOSE | AttemptKind.EXPIRE | AttemptKind.SWITCH:
            return CancelRequest(_references(payment, attempt), payment.shop_transaction_id, attempt.money)
        case AttemptKind.REFUND:
            return RefundRequest(
                attempt.money,
                _references(payment, attempt),
                payment.shop_transaction_id,
                refund_reference=attempt.public_id,
                reason=attempt.refund.reason if attempt.refund else "",
            )


def pay_request(payment: Payment, attempt: Attempt, account: ProviderAccount, data: Mapping[str, Any]) -> PayRequest:
    """Build the request of an attempt that brings the payment its money."""
    back = f"{settings.HUB_PUBLIC_URL}/return/{return_token(attempt.id.hex)}"
    buyer = payment.buyer
    return PayRequest(
        money=attempt.money,
        method=attempt.method,
        shop_reference=payment.shop_transaction_id,
        return_url=back,
        cancel_url=back,
        notification_url=f"{settings.HUB_PUBLIC_URL}/c/{account.webhook_token}",
        description=payment.description,
        locale=payment.locale or "en",
        buyer=Buyer(
            id=buyer.get("id", ""),
            name=buyer.get("name", ""),
            email=buyer.get("email", ""),
            phone=buyer.get("phone", ""),
        ),
        provider_data=data,
    )


def subscription_request(
    payment: Payment, attempt: Attempt, account: ProviderAccount, data: Mapping[str, Any]
) -> SubscriptionRequest:
    """Build the request of a subscription's payment; a first one has no token yet."""
    subscription = payment.subscription
    if subscription is None:
        raise ValueError(f"{payment.public_id} belongs to no subscription")
    later = attempt.kind == AttemptKind.SUBSCRIPTION_PAY
    return SubscriptionRequest(
        pay=pay_request(payment, attempt, account, data),
        token=subscription.token if later else "",
        interval=subscription.interval,
        interval_count=subscription.interval_count,
        expires_after=subscription.expires_after,
        money=attempt.money if later else subscription.money,
        shop_reference=subscription.shop_transaction_id,
        time_zone=subscription.timezone,
        first_charge_at=_first_charge_at(subscription, attempt),
        ends_at=None if subscription.ends_on is None else subscription.terms.due_at(subscription.ends_on),
    )


def _first_charge_at(subscription: Subscription, attempt: Attempt) -> datetime | None:
    """Put the first charge of what the PSP runs off to the end of the trial."""
    if subscription.trial_end is None or attempt.kind != AttemptKind.SUBSCRIPTION_SCHEDULE:
        return None
    return subscription.terms.due_at(subscription.trial_end)


def fetch_request(payment: Payment, attempt: Attempt, hints: Sequence[Reference] = ()) -> FetchRequest:
    """Build the question how an attempt's payment stands at the PSP."""
    known = attempt.references.all() if attempt.kind in PAYING else _of_its_try(payment, attempt)
    rows = known.order_by("created_at", "id")
    return FetchRequest(
        references=tuple(dict.fromkeys([*(Reference(row.kind, row.value) for row in rows), *hints])),
        shop_reference=payment.shop_transaction_id,
        money=attempt.money,
    )


def _references(payment: Payment, attempt: Attempt) -> tuple[Reference, ...]:
    """Name the payment as it was known when the attempt was written down: what is learned later changes no byte."""
    known = _of_its_try(payment, attempt).filter(created_at__lte=attempt.created_at)
    known = known.exclude(attempt__kind=AttemptKind.REFUND)
    return tuple(Reference(row.kind, row.value) for row in known.order_by("created_at", "id"))


def _of_its_try(payment: Payment, attempt: Attempt) -> QuerySet[PspReference]:
    """Return the ids of the try that an operation is about: another one has other ids, perhaps at another PSP."""
    known = payment.references.filter(provider_account_id=attempt.provider_account_id)
    paid_by = _paid_by(payment, attempt)
    if paid_by is not None:
        known = known.exclude(Q(attempt__kind__in=PAYING) & ~Q(attempt_id=paid_by))
    return known


def _paid_by(payment: Payment, attempt: Attempt) -> uuid.UUID | None:
    """Name the paying attempt whose money, or whose session, an attempt is about."""
    if attempt.refund is not None and attempt.refund.capture_id is not None:
        taken = attempt.refund.capture_id
        if taken == payment.winning_attempt_id or payment.attempts.filter(pk=taken, kind__in=PAYING).exists():
            return taken
    # A session that is closed is its own try's, also where an earlier one has brought the money meanwhile.
    if payment.winning_attempt_id is not None and attempt.kind not in CLOSING:
        return payment.winning_attempt_id
    paying = payment.attempts.filter(kind__in=PAYING, created_at__lte=attempt.created_at)
    return paying.order_by("-created_at", "-id").values_list("pk", flat=True).first()


def _canonical(request: AnyRequest) -> bytes:
    return json.dumps(asdict(request), sort_keys=True, default=str).encode()


def digest(request: AnyRequest) -> str:
    """Fingerprint a request with the hub's key, so that «the same bytes» can be told without keeping providerData."""
    return ring().digest(_canonical(request), purpose="psp-request")


def is_same(known: str, request: AnyRequest) -> bool:
    """Tell whether a request is the one that was fingerprinted, also after a key rotation."""
    return ring().digest_matches(known, _canonical(request), purpose="psp-request")
