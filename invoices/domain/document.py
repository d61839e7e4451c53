"""What stands on an invoice or a credit note: plain data, complete and frozen when it is issued.

All amounts are minor units of `currency`. A credit note holds positive amounts; its kind says the direction.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class DocumentKind(StrEnum):
    """What the document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class VatCategory(StrEnum):
    """How a line is taxed (UNCL5305, as EN 16931 uses it)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True)
class Party:
    """A company or a person. `country` is ISO 3166-1 alpha-2, or empty where it is not known."""

    name: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: its party, how to reach it, where to pay, and what it looks like. `logo` is PNG or SVG."""

    party: Party
    telephone: str = ""
    iban: str = ""
    bic: str = ""
    logo: bytes = b""
    logo_type: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `unit_gross` is per unit; `gross` is after `discount` (of the whole line, gross); `rate` is in percent."""

    number: int
    description: str
    quantity: Decimal
    unit_gross: int
    gross: int
    net: int
    vat: int
    rate: Decimal
    category: VatCategory = VatCategory.STANDARD
    discount: int = 0
    item_id: str = ""
    exemption_reason: str = ""


@dataclass(frozen=True, slots=True)
class VatGroup:
    """What all lines of one category and rate come to; `net + vat == gross`."""

    category: VatCategory
    rate: Decimal
    net: int
    vat: int
    gross: int
    exemption_reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole invoice or credit note. `net + vat == gross`, and `due` is what is still to be paid of it.

    `timezone` (an IANA name) is the zone in which its dates are read; `language` is a code such as `it`.
    `refers_to` and `refers_to_issued_at` name the invoice that a credit note takes back.
    """

    kind: DocumentKind
    number: str
    issued_at: datetime
    currency: str
    language: str
    timezone: str
    issuer: Issuer
    buyer: Party
    lines: tuple[Line, ...]
    vat_groups: tuple[VatGroup, ...]
    net: int
    vat: int
    gross: int
    due: int
    payment_id: str
    shop_transaction_id: str
    payment_method: str
    paid_at: datetime | None = None
    refers_to: str = ""
    refers_to_issued_at: datetime | None = None
    notes: tuple[str, ...] = ()
