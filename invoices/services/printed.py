"""What a caller of /print-pdf wants on the paper, as a document: numbered by the caller, kept by nobody."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from invoices import company
from invoices.domain import prices
from invoices.domain.document import Document, DocumentKind, Issuer, Party
from invoices.domain.items import read_items
from invoices.domain.problems import Unbillable
from invoices.models import IssuerProfile
from invoices.selectors.profiles import issuer_of, profile_of
from payments.models import Project

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The published fields."""

    person_name: str
    street_address: str
    city: str
    state: str
    date_time: dt.datetime
    payment_method: str
    transaction_id: str
    doc_number: str
    items: object


def document(project: Project, wanted: Wanted) -> tuple[Document, str]:
    """Compose it, with the digest of its logo. Raises Unbillable (`issuer_incomplete`, `items_invalid`)."""
    profile = profile_of(project.id)
    issuer, logo_digest = _issuer(profile)
    rate = profile.default_vat_rate if profile and profile.default_vat_rate is not None else Decimal(0)
    pricing = prices.Pricing(CURRENCY, profile.prices_include_tax if profile else True, rate)
    lines = prices.lines_of(read_items(wanted.items), pricing)
    net, vat = sum(line.net for line in lines), sum(line.vat for line in lines)
    issued_at = wanted.date_time
    if issued_at.tzinfo is None:
        issued_at = issued_at.replace(tzinfo=_zone(project))
    return Document(
        kind=DocumentKind.INVOICE,
        number=wanted.doc_number,
        issued_at=issued_at.astimezone(dt.UTC),
        currency=CURRENCY,
        language=profile.language if profile else "en",
        timezone=str(_zone(project)),
        issuer=issuer,
        buyer=Party(name=wanted.person_name, street=wanted.street_address, city=wanted.city, state=wanted.state),
        lines=lines,
        vat_groups=prices.groups_of(lines),
        net=net,
        vat=vat,
        gross=net + vat,
        due=0,
        payment_id=wanted.transaction_id,
        shop_transaction_id="",
        payment_method=wanted.payment_method,
        paid_at=issued_at.astimezone(dt.UTC),
    ), logo_digest


def _issuer(profile: IssuerProfile | None) -> tuple[Issuer, str]:
    if profile is not None:
        issuer = issuer_of(profile)
        return replace(issuer, logo=b"", logo_type=""), profile.logo.digest if profile.logo else ""
    issuer_from_file = company.company()
    if issuer_from_file is None:
        raise Unbillable("issuer_incomplete", "The project has no issuer profile, and COMPANY_DATA_PATH names no file.")
    digest = company.logo_digest(issuer_from_file)
    return replace(issuer_from_file, logo=b"", logo_type=""), digest


def _zone(project: Project) -> ZoneInfo:
    try:
        return ZoneInfo(project.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
