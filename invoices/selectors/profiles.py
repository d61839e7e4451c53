"""The issuer of a project, as it stands on documents."""

import uuid
from collections.abc import Iterable

from invoices.domain.document import Issuer, Party
from invoices.domain.problems import Unbillable
from invoices.models import IssuerProfile, Logo


def profile_of(project_id: uuid.UUID) -> IssuerProfile | None:
    """Return a project's profile, if it has one."""
    return IssuerProfile.objects.select_related("logo", "project").filter(project=project_id).first()


def with_profile(project_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Say which of these projects have a profile."""
    return set(IssuerProfile.objects.filter(project__in=set(project_ids)).values_list("project_id", flat=True))


def issuer_of(profile: IssuerProfile) -> Issuer:
    """Make the issuer of a document. Raises Unbillable (`issuer_incomplete`) where the law wants more than is known."""
    missing = [name for name in ("company", "street", "city", "country") if not getattr(profile, name)]
    if not profile.vat_id and not profile.tax_number:
        missing.append("vat_id or tax_number")
    if missing:
        raise Unbillable("issuer_incomplete", f"The issuer profile of the project lacks: {', '.join(missing)}.")
    return Issuer(
        party=Party(
            name=profile.company,
            street=profile.street,
            postal_code=profile.postal_code,
            city=profile.city,
            state=profile.state,
            country=profile.country,
            vat_id=profile.vat_id,
            tax_number=profile.tax_number,
            email=profile.email,
        ),
        telephone=profile.telephone,
        iban=profile.iban,
        bic=profile.bic,
        logo=bytes(profile.logo.data) if profile.logo else b"",
        logo_type=profile.logo.type if profile.logo else "",
        footer=profile.footer,
    )


def logo(digest: str) -> tuple[bytes, str]:
    """Return a kept logo and its media type; nothing for no digest."""
    if not digest:
        return b"", ""
    row = Logo.objects.get(digest=digest)
    return bytes(row.data), row.type
