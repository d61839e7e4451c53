"""Invoices as the API shows them."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from invoices import links
from invoices.domain.document import Line, Party, VatGroup
from invoices.models import Invoice
from invoices.selectors.invoices import document_of
from payments.api.gateway.responses import PaymentId

Minor = Annotated[int, Meta(description="Minor units.")]
Percent = Annotated[str, Meta(description="Percent, as a decimal.", examples=["22"])]
Location = Annotated[
    str | None,
    Meta(description="A signed link that opens the file without a key, for a while; null while there is none."),
]


class FileObject(msgspec.Struct, rename="camel", kw_only=True):
    """How the PDF stands. `failed`: it is tried again; the document with its number stands all the same."""

    state: Literal["due", "ready", "failed"]
    size: int | None
    sha256: str | None
    location: Location
    xml_location: Location


class InvoiceSummary(msgspec.Struct, rename="camel", kw_only=True):
    """An invoice or a credit note. Amounts are minor units, positive; `kind` says the direction."""

    id: Annotated[str, Meta(examples=["inv_0197a2c4d5e67f8091a2b3c4d5e6f70c"])]
    kind: Literal["invoice", "credit_note"]
    number: str
    issued_at: datetime
    payment_id: PaymentId
    hub_payment_id: str
    shop_transaction_id: str
    refund_id: Annotated[
        str | None, Meta(description="The refund that a credit note is about, where this hub made it.")
    ]
    refers_to: Annotated[str | None, Meta(description="The number of the document that this one takes back.")]
    currency: str
    net: Minor
    vat: Minor
    gross: Minor
    file: FileObject


class PartyObject(msgspec.Struct, rename="camel", kw_only=True):
    """Who issues, or who bought."""

    name: str
    street: str
    postal_code: str
    city: str
    state: str
    country: str
    vat_id: str
    tax_number: str
    email: str


class LineObject(msgspec.Struct, rename="camel", kw_only=True):
    """One line; `unitGross` is of one unit, the rest of the line. `gross` is after `discount`."""

    number: int
    item_id: str
    description: str
    quantity: Annotated[str, Meta(examples=["2"])]
    unit_gross: Minor
    discount: Minor
    net: Minor
    vat: Minor
    gross: Minor
    rate: Percent
    category: Annotated[str, Meta(description="UNCL5305: S, Z, E, AE, K, G or O.")]
    exemption_reason: str


class VatGroupObject(msgspec.Struct, rename="camel", kw_only=True):
    """What the lines of one rate come to."""

    category: str
    rate: Percent
    net: Minor
    vat: Minor
    gross: Minor
    exemption_reason: str


class InvoiceDetail(InvoiceSummary, kw_only=True):
    """A document with everything that stands on it."""

    issuer: PartyObject
    buyer: PartyObject
    lines: list[LineObject]
    vat_groups: list[VatGroupObject]
    language: str
    notes: list[str]
    paid_at: datetime | None


class PaymentInvoices(msgspec.Struct, rename="camel", kw_only=True):
    """The documents of a payment. `following`: credit notes, and invoices that undo one, in the order of issue."""

    invoice: InvoiceDetail
    following: list[InvoiceDetail]


def summary(row: Invoice) -> InvoiceSummary:
    """Show a document in a list."""
    return InvoiceSummary(**_fields(row))


def detail(row: Invoice) -> InvoiceDetail:
    """Show everything that stands on a document."""
    document = document_of(row)
    return InvoiceDetail(
        **_fields(row),
        issuer=_party(document.issuer.party),
        buyer=_party(document.buyer),
        lines=[_line(line) for line in document.lines],
        vat_groups=[_group(group) for group in document.vat_groups],
        language=document.language,
        notes=list(document.notes),
        paid_at=document.paid_at,
    )


def payment_invoices(rows: list[Invoice]) -> PaymentInvoices:
    """Show a payment's documents; there is at least one."""
    return PaymentInvoices(invoice=detail(rows[0]), following=[detail(row) for row in rows[1:]])


def _fields(row: Invoice) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "number": row.number,
        "issued_at": row.issued_at,
        "payment_id": row.payment.wire_id,
        "hub_payment_id": row.payment.public_id,
        "shop_transaction_id": row.payment.shop_transaction_id,
        "refund_id": row.refund.public_id if row.refund else None,
        "refers_to": row.refers_to.number if row.refers_to else None,
        "currency": row.currency,
        "net": row.net,
        "vat": row.vat,
        "gross": row.gross,
        "file": FileObject(
            state=row.file_state,  # type: ignore[arg-type]
            size=row.pdf_size,
            sha256=row.pdf_sha256 or None,
            location=links.location(row) if row.is_ready else None,
            xml_location=links.location(row, "xml") if row.is_ready and row.xml_size else None,
        ),
    }


def _party(party: Party) -> PartyObject:
    return PartyObject(**dataclasses.asdict(party))


def _line(line: Line) -> LineObject:
    return LineObject(
        number=line.number,
        item_id=line.item_id,
        description=line.description,
        quantity=f"{line.quantity:f}",
        unit_gross=line.unit_gross,
        discount=line.discount,
        net=line.net,
        vat=line.vat,
        gross=line.gross,
        rate=f"{line.rate:f}",
        category=line.category,
        exemption_reason=line.exemption_reason,
    )


def _group(group: VatGroup) -> VatGroupObject:
    return VatGroupObject(
        category=group.category,
        rate=f"{group.rate:f}",
        net=group.net,
        vat=group.vat,
        gross=group.gross,
        exemption_reason=group.exemption_reason,
    )
