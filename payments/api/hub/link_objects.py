"""Payment links as `/v1` shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from payments.models import PaymentLink
from payments.selectors.links import LinkStatus, Uses, status_of, url_of


class LinkObject(msgspec.Struct, rename="camel", kw_only=True):
    """A payment link. Amounts are minor units; `amount` is null where the customer chooses."""

    id: Annotated[str, Meta(examples=["plink_0197a2c4d5e67f8091a2b3c4d5e6f70e"])]
    url: Annotated[str, Meta(description="What customers are given.")]
    status: Annotated[
        LinkStatus,
        Meta(description="Whether somebody who comes now may pay. Who began before its end may finish."),
    ]
    mode: Literal["test", "live"]
    shop_transaction_id: str
    amount: int | None
    min_amount: int | None
    max_amount: int | None
    currency: str
    capture_mode: Literal["automatic", "manual"]
    max_uses: Annotated[int | None, Meta(description="null: no limit.")]
    uses: Annotated[int, Meta(description="How often it was paid.")]
    open_uses: Annotated[int, Meta(description="Payments that were begun and have not ended.")]
    started: Annotated[int, Meta(description="Number of the last payment that was begun.")]
    expires_at: datetime | None
    disabled_at: datetime | None
    description: str
    buyer: dict[str, Any]
    additional_data: dict[str, Any]
    locale: str
    allowed_methods: list[str]
    success_redirect_url: str
    failure_redirect_url: str
    callback_url: str
    created_at: datetime
    updated_at: datetime


class LinkPage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of links, newest first. `nextCursor` is null on the last one."""

    data: list[LinkObject]
    next_cursor: str | None


class LinkSent(msgspec.Struct, rename="camel", kw_only=True):
    """What became of the mail: `due` until the mail server has it; `skipped` with a reason."""

    state: Literal["due", "sent", "failed", "skipped"]
    reason: str
    recipient: Annotated[str, Meta(description="Masked.", examples=["a***@shop.example"])]


def link_object(link: PaymentLink, uses: Uses) -> LinkObject:
    """Show a link."""
    return LinkObject(
        id=link.public_id,
        url=url_of(link),
        status=status_of(link, uses),
        mode=link.mode,  # type: ignore[arg-type]
        shop_transaction_id=link.shop_transaction_id,
        amount=link.amount,
        min_amount=link.min_amount,
        max_amount=link.max_amount,
        currency=link.currency,
        capture_mode=link.capture_mode,  # type: ignore[arg-type]
        max_uses=link.max_uses,
        uses=uses.paid,
        open_uses=uses.open,
        started=link.started,
        expires_at=link.expires_at,
        disabled_at=link.disabled_at,
        description=link.description,
        buyer=link.buyer,
        additional_data=link.additional_data,
        locale=link.locale,
        allowed_methods=link.allowed_methods,
        success_redirect_url=link.success_redirect_url,
        failure_redirect_url=link.failure_redirect_url,
        callback_url=link.callback_url,
        created_at=link.created_at,
        updated_at=link.updated_at,
    )
