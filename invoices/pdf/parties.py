"""Issuer and buyer as they are printed."""

from babel import Locale

from invoices.domain.document import Issuer, Party

from .clean import clip
from .sheet import Address, Field
from .texts import Texts


def address(party: Party, *, home: str, language: str, texts: Texts) -> Address:
    """Return a party's name, address lines and tax numbers; the country is named where it is not `home`."""
    lines = [clip(line, 70) for line in party.street.splitlines()[:3]]
    lines.append(clip(f"{party.postal_code} {party.city} {party.state}", 70))
    if party.country and party.country != home:
        lines.append(_country(party.country, language))
    numbers = ((texts.vat_id, party.vat_id), (texts.tax_number, party.tax_number))
    return Address(
        name=clip(party.name),
        lines=tuple(line for line in lines if line),
        fields=tuple(Field(label, clip(value, 40)) for label, value in numbers if value),
    )


def in_brief(whole: Address) -> Address:
    """Return an address that fits the foot of a page, however long its parts are."""
    return Address(name=clip(whole.name, 60), lines=tuple(clip(line, 40) for line in whole.lines), fields=whole.fields)


def return_address(issuer: Address) -> str:
    """Return the one small line above the window of an envelope."""
    return clip(" · ".join((clip(issuer.name, 40), *issuer.lines)), 85)


def contact(issuer: Issuer, texts: Texts) -> tuple[Field, ...]:
    """Return how to reach the issuer."""
    ways = ((texts.telephone, issuer.telephone), (texts.email, issuer.party.email))
    return tuple(Field(label, clip(value, 80)) for label, value in ways if value)


def bank(issuer: Issuer, texts: Texts) -> tuple[Field, ...]:
    """Return the account to which a customer may pay."""
    account = ((texts.iban, grouped_iban(issuer.iban)), (texts.bic, clip(issuer.bic, 11)))
    return tuple(Field(label, value) for label, value in account if value)


def grouped_iban(iban: str) -> str:
    """Return an IBAN in groups of four, as it is printed."""
    bare = "".join(iban.split()).upper()[:34]
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def _country(code: str, language: str) -> str:
    return str(Locale(language).territories.get(code, code))
