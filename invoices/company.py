"""COMPANY_DATA_PATH: the company of /print-pdf as the Payment Integration Hub has it, for projects without a profile."""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .domain.document import Issuer, Party
from .services.logo import check_logo, keep_logo

_LARGEST = 1024 * 1024


def company() -> Issuer | None:
    """Read the file; None where no file is named. Raises ImproperlyConfigured that says what is wrong with it."""
    if not settings.COMPANY_DATA_PATH:
        return None
    path = Path(settings.COMPANY_DATA_PATH)
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("it is larger than 1 MB")
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise ValueError("it is no JSON object")
        logo = base64.b64decode(_text(told, "logo", 400_000).rpartition(",")[2], validate=True)
        name = _text(told, "companyName", 255)
        if not name:
            raise ValueError("companyName is missing")
        return Issuer(
            party=Party(name=name, street=_text(told, "address", 255)),
            telephone=_text(told, "telephoneNumber", 64),
            logo=logo,
            logo_type=check_logo(logo) if logo else "",
        )
    except (OSError, ValueError, binascii.Error) as error:
        raise ImproperlyConfigured(f"COMPANY_DATA_PATH: {path.name} cannot be used: {error}") from None


def logo_digest(issuer: Issuer) -> str:
    """Keep the logo of an issuer and return its digest; nothing for none."""
    return keep_logo(issuer.logo).digest if issuer.logo else ""


def _text(told: dict[str, Any], name: str, most: int) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{name} is no text of at most {most} characters")
    return value.strip()
