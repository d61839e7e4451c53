"""Signed links that open one file for a while, without a key: what `location` holds."""

import uuid
from urllib.parse import quote

from django.conf import settings
from django.core import signing

from paymenthub.kernel import clock

from . import storage
from .models import Invoice
from .storage import Format

PATH = "invoices/download"
_SALT = "invoices.links"


class LinkOver(Exception):
    """The link's time is over."""


def location(invoice: Invoice, format: Format = "pdf") -> str:
    """Make a link that works for INVOICE_LINK_SECONDS: the storage's own where it signs (S3), else the hub's."""
    seconds = settings.INVOICE_LINK_SECONDS
    if settings.INVOICE_STORAGE == "s3":
        shown = quote(storage.shown_name(invoice, format))
        headers = {
            "ResponseContentDisposition": f'attachment; filename="{shown}"',
            "ResponseContentType": storage.MEDIA_TYPES[format],
        }
        return str(storage.files().url(storage.stored_name(invoice, format), headers, seconds))  # type: ignore[call-arg]
    until = int(clock.now().timestamp()) + seconds
    signed = signing.dumps([invoice.id.hex, format, until], salt=_SALT)
    return f"{settings.HUB_PUBLIC_URL}/{PATH}/{signed}"


def opened(signed: str) -> tuple[uuid.UUID, Format]:
    """Read a link. Raises LinkOver, or ValueError for what was not signed here."""
    try:
        raw, format, until = signing.loads(signed, salt=_SALT)
    except signing.BadSignature:
        raise ValueError("not signed here") from None
    if clock.now().timestamp() >= until:
        raise LinkOver
    return uuid.UUID(hex=raw), "xml" if format == "xml" else "pdf"
