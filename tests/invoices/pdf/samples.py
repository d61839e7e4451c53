"""Documents as the shop would have them, whose sums are right; every part can be replaced."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoices.domain.document import Document, DocumentKind, Issuer, Line, Party, VatCategory, VatGroup

ISSUED_AT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
NOBODYS_IBAN = "DE89370400440532013000"

SELLER = Party(
    name="Bottega Verde S.r.l.",
    street="Via Torino 21",
    postal_code="20123",
    city="Milano",
    state="MI",
    country="IT",
    vat_id="IT12345670017",
    email="fatture@bottega.example",
)
ISSUER = Issuer(
    party=SELLER,
    telephone="+39 02 5555 0100",
    iban=NOBODYS_IBAN,
    bic="COBADEFFXXX",
    footer="Registro Imprese di Milano, REA MI-1234567",
)
BUYER = Party(
    name="Anna Müller",
    street="Hauptstraße 5",
    postal_code="10827",
    city="Berlin",
    country="DE",
    email="anna@shop.example",
)


def make_line(number: int = 1, **over: Any) -> Line:
    """Return a line whose net, VAT and gross fit its price, quantity, discount and rate."""
    values = {"description": "Scented candle, cedar", "quantity": Decimal(2), "unit_gross": 1220, "rate": Decimal(22)}
    values |= over
    gross = _round(values["unit_gross"] * values["quantity"]) - values.get("discount", 0)
    net = _round(gross * 100 / (100 + values["rate"]))
    return Line(**{"number": number, "gross": gross, "net": net, "vat": gross - net, **values})


def make_document(lines: Sequence[Line] | None = None, **over: Any) -> Document:
    """Return a paid invoice over the lines; its VAT groups and sums follow from them."""
    lines = tuple(lines if lines is not None else [make_line()])
    groups = vat_groups(lines)
    gross = sum(group.gross for group in groups)
    values = {
        "kind": DocumentKind.INVOICE,
        "number": "2026-00042",
        "issued_at": ISSUED_AT,
        "currency": "EUR",
        "language": "en",
        "timezone": "Europe/Rome",
        "issuer": ISSUER,
        "buyer": BUYER,
        "lines": lines,
        "vat_groups": groups,
        "net": sum(group.net for group in groups),
        "vat": sum(group.vat for group in groups),
        "gross": gross,
        "due": 0,
        "payment_id": "0195f3c2-7d1e-7c1a-9a50-1d2c3b4a5f60",
        "shop_transaction_id": "ORDER-10042",
        "payment_method": "card",
        "paid_at": ISSUED_AT,
    }
    return Document(**{**values, **over})


def unpaid(document: Document, due: int | None = None) -> Document:
    """Return the document with all of it, or `due`, still to be paid."""
    return replace(document, due=document.gross if due is None else due, paid_at=None)


def vat_groups(lines: Sequence[Line]) -> tuple[VatGroup, ...]:
    """Return the sums of the lines by category and rate."""
    keys = sorted({(line.category, line.rate) for line in lines}, key=lambda key: (-key[1], key[0]))
    return tuple(_group(category, rate, lines) for category, rate in keys)


def _group(category: VatCategory, rate: Decimal, lines: Sequence[Line]) -> VatGroup:
    own = [line for line in lines if (line.category, line.rate) == (category, rate)]
    return VatGroup(
        category=category,
        rate=rate,
        net=sum(line.net for line in own),
        vat=sum(line.vat for line in own),
        gross=sum(line.gross for line in own),
        exemption_reason=next((line.exemption_reason for line in own if line.exemption_reason), ""),
    )


def _round(value: Decimal) -> int:
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))
