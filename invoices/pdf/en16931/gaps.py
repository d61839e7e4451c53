"""What EN 16931 asks for and a document may lack. An invoice that says something wrong is worse than none."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.domain.document import Document, Line, VatCategory, VatGroup
from invoices.pdf.clean import one_line
from paymenthub.kernel.money import exponent

from .countries import COUNTRIES, VAT_ID_PREFIXES
from .prices import net_price

_NOT_LISTED_CURRENCIES = frozenset({"XAD"})
# By less than one major unit may a VAT amount differ from net times rate (BR-CO-17, BR-S-09).
_TOLERANCE = Decimal("0.99")


def why_not(document: Document) -> str:
    """Return why there can be no EN 16931 invoice of the document, or an empty text where there can be one."""
    return next(_gaps(document), "")


def vat_id(value: str) -> str:
    """Return a VAT id as EN 16931 wants it, with its country in front, or an empty text where it has none."""
    bare = "".join(one_line(value).upper().split())
    return bare if len(bare) > 2 and bare[:2] in VAT_ID_PREFIXES else ""


def _gaps(document: Document) -> Iterator[str]:
    yield from _party_gaps(document)
    yield from _amount_gaps(document)
    categories = {group.category for group in document.vat_groups}
    for group in document.vat_groups:
        yield from _group_gaps(group, document)
    if VatCategory.OUT_OF_SCOPE in categories and len(document.vat_groups) > 1:
        yield "Lines that are not subject to VAT cannot stand beside others."
    if VatCategory.REVERSE_CHARGE in categories and not vat_id(document.buyer.vat_id):
        yield "Reverse charge needs the buyer's VAT id."
    if VatCategory.INTRA_COMMUNITY in categories:
        yield "An intra-Community supply needs its day of delivery and the country it went to, which are not known."


def _party_gaps(document: Document) -> Iterator[str]:
    issuer, buyer = document.issuer.party, document.buyer
    for who, party in (("issuer", issuer), ("buyer", buyer)):
        if not one_line(party.name):
            yield f"The {who} has no name."
        if party.country not in COUNTRIES:
            yield f"The {who} has no country, or one that ISO 3166 does not know."
    categories = {group.category for group in document.vat_groups}
    if not vat_id(issuer.vat_id) and not one_line(issuer.tax_number):
        yield "The issuer has neither a VAT id nor a tax number."
    if not vat_id(issuer.vat_id) and categories & {VatCategory.REVERSE_CHARGE, VatCategory.EXPORT}:
        yield "Reverse charge and exports need the issuer's VAT id."
    if not one_line(document.number):
        yield "The document has no number."


def _amount_gaps(document: Document) -> Iterator[str]:
    digits = exponent(document.currency)
    if document.currency in _NOT_LISTED_CURRENCIES:
        yield f"EN 16931 does not know the currency {document.currency}."
    if digits > 2 and any(amount % 10 ** (digits - 2) for amount in _amounts(document)):
        yield f"EN 16931 allows two decimals, and the amounts in {document.currency} have {digits}."
    if not document.lines:
        yield "The document has no lines."
    for line in document.lines:
        yield from _line_gaps(line, digits)
    if sum(group.net for group in document.vat_groups) != document.net:
        yield "The VAT groups do not add up to the net total."
    if sum(group.vat for group in document.vat_groups) != document.vat:
        yield "The VAT groups do not add up to the VAT total."
    if document.net + document.vat != document.gross:
        yield "Net and VAT do not add up to the gross total."


def _line_gaps(line: Line, digits: int) -> Iterator[str]:
    if not one_line(line.description):
        yield f"Line {line.number} has no description."
    if not net_price(line, digits=digits).is_exact():
        yield f"Line {line.number} has no net price that comes to its net amount."


def _group_gaps(group: VatGroup, document: Document) -> Iterator[str]:
    lines = [line for line in document.lines if (line.category, line.rate) == (group.category, group.rate)]
    if not lines or sum(line.net for line in lines) != group.net:
        yield f"The lines taxed as {group.category} at {group.rate} % do not add up to their VAT group."
    if (group.category is VatCategory.STANDARD) != (group.rate > 0):
        yield f"VAT category {group.category} does not go with a rate of {group.rate} %."
    if group.category is not VatCategory.STANDARD and group.vat:
        yield f"VAT category {group.category} goes with no VAT."
    scale = Decimal(10) ** exponent(document.currency)
    if abs(group.vat - group.net * group.rate / 100) >= _TOLERANCE * scale:
        yield f"The VAT at {group.rate} % is further from net times rate than rounding explains."


def _amounts(document: Document) -> Iterator[int]:
    yield from (document.net, document.vat, document.gross, document.due)
    for line in document.lines:
        yield from (line.net, line.vat, line.gross)
    for group in document.vat_groups:
        yield from (group.net, group.vat, group.gross)
