"""Make a payment link: an address that can be given away, once per shop transaction id."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import DuplicateTransaction
from payments.models import CaptureMode, PaymentLink, Project
from payments.services.ordering import constraint_of

_CODE_BYTES = 20
"""160 random bits: nobody guesses an address that money can be asked for at."""
_CONTENT = (
    *("amount", "min_amount", "max_amount", "currency", "capture_mode", "description", "buyer", "additional_data"),
    *("locale", "allowed_methods", "success_redirect_url", "failure_redirect_url", "callback_url", "max_uses"),
)


@dataclass(frozen=True, slots=True)
class MakeCommand:
    """What a link is to be. Either `amount`, or what the customer chooses from `min_amount` to `max_amount`."""

    project: Project
    mode: str
    shop_transaction_id: str
    currency: str
    amount: int | None = None
    min_amount: int | None = None
    max_amount: int | None = None
    max_uses: int | None = 1
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC
    description: str = ""
    buyer: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, Any] = field(default_factory=dict)
    locale: str = ""
    allowed_methods: Sequence[str] = ()
    success_redirect_url: str = ""
    failure_redirect_url: str = ""
    callback_url: str = ""
    expires_at: dt.datetime | None = None


def make_link(command: MakeCommand, *, then: Callable[[PaymentLink], None] = lambda link: None) -> PaymentLink:
    """Make a link; the same shop transaction id with the same content is the same link.

    `then` runs in the transaction that writes a new one. Raises DuplicateTransaction for other content: what was given
    away once is not given another meaning.
    """
    link = PaymentLink(
        project=command.project,
        mode=command.mode,
        code=ids.random_token(_CODE_BYTES),
        shop_transaction_id=command.shop_transaction_id,
        expires_at=command.expires_at,
        **{name: _plain(getattr(command, name)) for name in _CONTENT},
    )
    try:
        with db.durable():
            link.save(force_insert=True)
            then(link)
    except IntegrityError as error:
        if constraint_of(error) != "payment_link_shop_id_once":
            raise
    else:
        return link
    known = PaymentLink.objects.get(
        project=command.project, mode=command.mode, shop_transaction_id=command.shop_transaction_id
    )
    if any(getattr(known, name) != getattr(link, name) for name in _CONTENT):
        raise DuplicateTransaction(
            "This shopTransactionId belongs to a payment link with other content.",
            param="shopTransactionId",
            details={"linkId": known.public_id},
        )
    known.project = command.project
    return known


def _plain(value: Any) -> Any:
    """Return what JSON columns keep: a dict or a list, and anything else as it is."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
