"""Put together what stands on the next document of a payment; nothing is written here, and no number is known yet."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from invoices.domain import credit, parties, prices, texts
from invoices.domain.document import Document, DocumentKind, Line, VatCategory
from invoices.domain.items import Item, read_items
from invoices.domain.problems import Unbillable
from invoices.models import Invoice, IssuerProfile
from invoices.selectors.invoices import document_of
from invoices.selectors.profiles import issuer_of
from payments.models import Mode, Movement, Payment

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NEEDS_VAT_ID = (VatCategory.REVERSE_CHARGE, VatCategory.INTRA_COMMUNITY)


@dataclass(frozen=True, slots=True)
class Given:
    """What a request brings along: lines and a buyer that count instead of the payment's own."""

    items: object = None
    buyer: Mapping[str, Any] = field(default_factory=dict)


def invoice(payment: Payment, profile: IssuerProfile, given: Given, *, paid_at: dt.datetime | None) -> Document:
    """Compose the invoice over what was captured. Raises Unbillable."""
    language = texts.language_of(payment.locale, profile.language)
    lines = _lines(payment, profile, given, language)
    total = sum(line.gross for line in lines)
    if total != payment.captured:
        raise Unbillable(
            "sum_mismatch",
            f"The lines come to {total}, and {payment.captured} was captured (minor units of {payment.currency}).",
        )
    extra = payment.additional_data.get("buyer")
    buyer = parties.buyer_of(given.buyer, payment.buyer, extra)
    if not buyer.vat_id and any(line.category in _NEEDS_VAT_ID for line in lines):
        raise Unbillable(
            "buyer_incomplete", "Reverse charge needs the buyer's VAT id (`buyer.vatId`).", param="buyer.vatId"
        )
    return _document(
        DocumentKind.INVOICE,
        lines,
        currency=payment.currency,
        language=language,
        timezone=payment.project.timezone,
        issuer=issuer_of(profile),
        buyer=buyer,
        payment_id=payment.public_id,
        shop_transaction_id=payment.shop_transaction_id,
        payment_method=payment.method,
        paid_at=paid_at,
        notes=_notes(payment, language),
    )


def credit_note(
    payment: Payment, profile: IssuerProfile, original: Invoice, movement: Movement, earlier: Sequence[Invoice]
) -> Document:
    """Compose the credit note of a refund. Raises Unbillable."""
    base = document_of(original)
    refund = movement.attempt.refund if movement.attempt is not None else None
    items = read_items(refund.items) if refund is not None and refund.items else ()
    lines = credit.lines_back(
        base,
        [_signed(row) for row in earlier],
        abs(movement.amount),
        text=texts.text("refund", base.language, number=original.number),
        items=items,
        pricing=pricing_of(payment, profile),
    )
    return _following(
        DocumentKind.CREDIT_NOTE, lines, base, original, profile, movement, _notes(payment, base.language)
    )


def reversal(payment: Payment, profile: IssuerProfile, taken_back: Invoice, movement: Movement) -> Document:
    """Compose the invoice that undoes a credit note whose refund the provider has taken back. Raises Unbillable."""
    base = document_of(taken_back)
    if abs(movement.amount) != taken_back.gross:
        raise Unbillable("reversed_in_part", f"{abs(movement.amount)} of a refund of {taken_back.gross} came back.")
    note = texts.text("reversal", base.language, number=taken_back.number)
    notes = (note, *_notes(payment, base.language))
    return _following(DocumentKind.INVOICE, base.lines, base, taken_back, profile, movement, notes)


def pricing_of(payment: Payment, profile: IssuerProfile) -> prices.Pricing:
    """Say how the prices of a payment's items are meant."""
    return prices.Pricing(payment.currency, profile.prices_include_tax, profile.default_vat_rate)


def _lines(payment: Payment, profile: IssuerProfile, given: Given, language: str) -> tuple[Line, ...]:
    pricing = pricing_of(payment, profile)
    told = given.items if given.items is not None else payment.additional_data.get("items")
    if told is not None:
        return prices.lines_of(read_items(told), pricing)
    # A payment that nobody described is one line; at which rate is the project's to say, and tax is always in it.
    name = " ".join(payment.description.split()) or texts.text("payment", language, order=payment.shop_transaction_id)
    whole = Item(description=name, amount=payment.captured)
    return prices.lines_of([whole], replace(pricing, prices_include_tax=True))


def _signed(row: Invoice) -> credit.Signed:
    document = document_of(row)
    return credit.Signed(1 if row.kind == DocumentKind.CREDIT_NOTE else -1, document.vat_groups)


def _following(
    kind: DocumentKind,
    lines: Sequence[Line],
    base: Document,
    refers_to: Invoice,
    profile: IssuerProfile,
    movement: Movement,
    notes: tuple[str, ...],
) -> Document:
    return _document(
        kind,
        tuple(lines),
        currency=base.currency,
        language=base.language,
        timezone=base.timezone,
        issuer=issuer_of(profile),
        buyer=base.buyer,
        payment_id=base.payment_id,
        shop_transaction_id=base.shop_transaction_id,
        payment_method=base.payment_method,
        paid_at=movement.occurred_at,
        refers_to=refers_to.number,
        refers_to_issued_at=refers_to.issued_at,
        notes=notes,
    )


def _notes(payment: Payment, language: str) -> tuple[str, ...]:
    return (texts.text("test", language),) if payment.mode == Mode.TEST else ()


def _document(kind: DocumentKind, lines: tuple[Line, ...], **more: Any) -> Document:
    net, vat = sum(line.net for line in lines), sum(line.vat for line in lines)
    return Document(
        kind=kind,
        number="",
        issued_at=_EPOCH,
        lines=lines,
        vat_groups=prices.groups_of(lines),
        net=net,
        vat=vat,
        gross=net + vat,
        due=0,
        **more,
    )
