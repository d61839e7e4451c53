"""What a template gets: the document in words, every text cleaned and clipped, every amount written."""

from dataclasses import dataclass

from .texts import Texts


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """A name and the lines below it."""

    name: str
    lines: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the document."""

    number: str
    description: str
    details: tuple[str, ...]
    quantity: str
    unit_price: str
    rate: str
    net: str
    amount: str


@dataclass(frozen=True, slots=True)
class VatRow:
    """One line of the VAT summary."""

    name: str
    rate: str
    net: str
    vat: str
    amount: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """How to pay by bank transfer. `code` names the picture of the QR code."""

    code: str
    code_text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is printed. `wide` says that amounts need more room than usual."""

    language: str
    direction: str
    t: Texts
    title: str
    number: str
    currency: str
    heading: str
    page_words: tuple[str, str, str]
    logo: str
    logo_text: str
    issuer: Address
    return_address: str
    contact: tuple[Field, ...]
    bank: tuple[Field, ...]
    foot: Address
    footer: str
    buyer: Address
    refers_to: str
    meta: tuple[Field, ...]
    rows: tuple[Row, ...]
    wide: bool
    vat_rows: tuple[VatRow, ...]
    vat_notes: tuple[str, ...]
    totals: tuple[Field, ...]
    balance: Field
    mark: str
    transfer: Transfer | None
    notes: tuple[str, ...]
