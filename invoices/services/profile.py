"""Change who issues: checked, written with its audit row, and what was held for it is looked at again."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Model
from stdnum import bic as stdnum_bic
from stdnum import get_cc_module
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from invoices.domain import numbers, texts
from invoices.domain.problems import Unbillable
from invoices.models import IssuerProfile, When
from paymenthub.kernel.errors import InvalidField
from payments.models import AuditAction, Project
from payments.services import audit

from . import jobs
from .logo import keep_logo

TEXTS = (
    "company",
    "street",
    "postal_code",
    "city",
    "state",
    "country",
    "vat_id",
    "tax_number",
    "email",
    "telephone",
    "iban",
    "bic",
    "footer",
    "number_template",
    "invoice_series",
    "credit_note_series",
)
_KNOWN = frozenset({*TEXTS, "when", "language", "prices_include_tax", "default_vat_rate"})
_EU = {"GR": "el"}  # the VAT prefix of Greece is not its country code


def save_profile(
    *,
    project: Project,
    values: Mapping[str, Any],
    actor: str,
    logo: bytes | None = None,
    without_logo: bool = False,
    address: str | None = None,
    note: str = "",
) -> IssuerProfile:
    """Make or change a project's profile by the fields that are given. Raises InvalidField, with nothing changed.

    Documents that were issued keep what stood on them. What was held is looked at again at once.
    """
    strange = sorted(set(values) - _KNOWN)
    if strange:
        raise InvalidField(f"There is no such field; known are {', '.join(sorted(_KNOWN))}.", param=strange[0])
    with transaction.atomic():  # the backoffice has a transaction of its own around its forms
        profile = IssuerProfile.objects.filter(project=project).first() or IssuerProfile(project=project)
        before = shown(profile)
        for name, value in values.items():
            setattr(profile, name, value.strip() if isinstance(value, str) else value)
        check(profile)
        if logo is not None:
            profile.logo = keep_logo(logo)
        elif without_logo:
            profile.logo = None
        profile.save()
        audit.done(
            audit.Draft(
                action=AuditAction.ISSUER,
                project=project,
                object_id=profile.id,
                number=0,
                actor=actor[:128],
                address=address,
                note=note[:500],
            ),
            "The issuer profile was changed.",
            before=before,
            after=shown(profile),
        )
        jobs.release(project_id=project.id)
    return profile


def check(profile: IssuerProfile) -> None:
    """Check every field and write it in its standard form. Raises InvalidField."""
    for name in TEXTS:
        value = getattr(profile, name)
        most = _longest(profile, name)
        lines = name == "footer"
        if not isinstance(value, str) or len(value) > most or not (value.isprintable() or (lines and _is_text(value))):
            raise InvalidField(f"A printable text of at most {most} characters.", param=name)
    profile.country = profile.country.upper()
    if profile.country and not (len(profile.country) == 2 and profile.country.isascii() and profile.country.isalpha()):
        raise InvalidField("A country is a code of two letters (ISO 3166-1).", param="country")
    if profile.vat_id:
        profile.vat_id = vat_id(profile.vat_id, profile.country)
    if profile.iban:
        profile.iban = _standard(stdnum_iban, profile.iban, "iban", "This is no IBAN; check its digits.")
    if profile.bic:
        profile.bic = _standard(stdnum_bic, profile.bic, "bic", "This is no BIC.")
    if profile.when not in When.values:
        raise InvalidField(f"One of {', '.join(When.values)}.", param="when")
    if profile.language not in texts.LANGUAGES:
        raise InvalidField(f"One of {', '.join(texts.LANGUAGES)}.", param="language")
    profile.default_vat_rate = _rate(profile.default_vat_rate)
    try:
        for series in (profile.invoice_series, profile.credit_note_series):
            numbers.check_template(profile.number_template, series)
    except Unbillable as problem:
        raise InvalidField(problem.message, param=problem.param) from None


def vat_id(value: str, country: str) -> str:
    """Check a VAT id by its country's rules and digits, and return it in full, as `IT12345670017`. Raises InvalidField."""
    module = get_cc_module(_EU.get(country, country).lower(), "vat") if country else None
    if module is None:
        raise InvalidField(
            "There is no rule to check a VAT id of this country by; use the tax number instead.", param="vat_id"
        )
    try:
        compact = str(module.validate(value))
    except ValidationError:
        raise InvalidField(f"This is no VAT id of {country}; check its digits.", param="vat_id") from None
    prefix = _EU.get(country, country).upper()
    return compact if compact.startswith(prefix) else prefix + compact


def shown(profile: IssuerProfile) -> dict[str, Any]:
    """Say what a profile holds, for the audit trail."""
    values = {name: getattr(profile, name) for name in sorted(_KNOWN)}
    rate = profile.default_vat_rate
    return values | {
        "default_vat_rate": None if rate is None else f"{rate}",
        "logo": profile.logo.digest[:12] if profile.logo else "",
    }


def _standard(module: Any, value: str, name: str, message: str) -> str:
    try:
        return str(module.validate(value))
    except ValidationError:
        raise InvalidField(message, param=name) from None


def _rate(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        raise InvalidField("A percentage from 0 to 100.", param="default_vat_rate") from None
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise InvalidField("A percentage from 0 to 100.", param="default_vat_rate")
    return rate.quantize(Decimal("0.0001"))


def _longest(profile: Model, name: str) -> int:
    return int(profile._meta.get_field(name).max_length or 0)  # type: ignore[union-attr]


def _is_text(value: str) -> bool:
    return all(line.isprintable() for line in value.splitlines())
