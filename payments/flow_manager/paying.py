"""From a saga's metadata to the wish to be paid."""

import uuid
from collections.abc import Mapping
from typing import Any

from paymenthub.kernel.money import Money
from payments.models import Project
from payments.services.pay import PayCommand

from .metadata import part

_BUYER = ("id", "name", "email", "phone")
_COLUMNS = frozenset(
    {
        *("paymentId", "shopTransactionId", "amount", "currency", "provider", "paymentMethod", "type", "hubPaymentId"),
        *("additionalData", "buyer", "refundRequestData", "refundDetails", "payRequestData", "description", "locale"),
    }
)
"""What has its own place in a payment, or is said anew by each command."""


def pay_command(
    *,
    project: Project,
    mode: str,
    metadata: Mapping[str, Any],
    provider_data: Mapping[str, Any],
    evidence: str,
    flow_saga_id: str = "",
    payment_id: uuid.UUID | None = None,
    by_link: bool = False,
) -> PayCommand:
    """Read what the API has checked: `metadata` in today's names, without providerData."""
    more, redirects = part(metadata, "additionalData"), part(metadata, "payRequestData")
    return PayCommand(
        project=project,
        mode=mode,
        provider=metadata["provider"],
        method=(metadata.get("paymentMethod") or "") if by_link else metadata["paymentMethod"],
        money=Money(metadata["amount"], metadata["currency"]),
        shop_transaction_id=metadata["shopTransactionId"],
        success_redirect_url=redirects.get("successRedirect") or "",
        failure_redirect_url=redirects.get("failureRedirect") or "",
        description=metadata.get("description") or "",
        locale=metadata.get("locale") or "",
        buyer=buyer_in(metadata),
        additional_data={name: value for name, value in more.items() if name != "buyer"},
        provider_data=provider_data,
        flow_saga_id=flow_saga_id,
        payment_id=payment_id,
        by_link=by_link,
        saga_metadata=not_in_columns(metadata),
        evidence=evidence,
    )


def buyer_in(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known of the buyer, without empty fields."""
    buyer = part(part(metadata, "additionalData"), "buyer") or part(metadata, "buyer")
    return {name: buyer[name] for name in _BUYER if buyer.get(name)}


def not_in_columns(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has no place of its own in a payment."""
    return {name: value for name, value in metadata.items() if name not in _COLUMNS}
