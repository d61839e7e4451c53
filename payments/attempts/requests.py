"""What a PSP is asked, made from rows: the same rows make the same request, so that it can be sent again with its key."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.signing import Signer

from payments.models import Attempt, Payment, ProviderAccount
from payments.selectors.keyring import ring
from providers.types import Buyer, FetchRequest, PayRequest, Reference

_signer = Signer(salt="payments.return")


def return_token(attempt_hex: str) -> str:
    """Sign an attempt's id for the customer's way back."""
    return _signer.sign(attempt_hex)


def attempt_of_return_token(token: str) -> str:
    """Read the id out of such a token. Raises django's BadSignature."""
    return _signer.unsign(token)


def pay_request(payment: Payment, attempt: Attempt, account: ProviderAccount, data: Mapping[str, Any]) -> PayRequest:
    """Build the request of a pay or authorise attempt."""
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
        expires_at=payment.expires_at,
        provider_data=data,
    )


def fetch_request(payment: Payment, attempt: Attempt) -> FetchRequest:
    """Build the question how an attempt stands."""
    known = tuple(Reference(row.kind, row.value) for row in attempt.references.order_by("created_at"))
    return FetchRequest(references=known, shop_reference=payment.shop_transaction_id, money=attempt.money)


def _canonical(request: PayRequest) -> bytes:
    return json.dumps(asdict(request), sort_keys=True, default=str).encode()


def digest(request: PayRequest) -> str:
    """Fingerprint a request with the hub's key, so that «the same bytes» can be told without keeping providerData."""
    return ring().digest(_canonical(request), purpose="psp-request")


def is_same(known: str, request: PayRequest) -> bool:
    """Tell whether a request is the one that was fingerprinted, also after a key rotation."""
    return ring().digest_matches(known, _canonical(request), purpose="psp-request")
