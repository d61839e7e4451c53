"""Where the files lie: Django's storage `invoices`, private, under names that nobody can guess."""

from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from .models import Invoice

Format = Literal["pdf", "xml"]
MEDIA_TYPES: dict[str, str] = {"pdf": "application/pdf", "xml": "application/xml"}
FAILURES = (OSError, BotoCoreError, ClientError)
"""What a storage raises that is full or away."""


def files() -> Storage:
    """Return the storage."""
    return storages["invoices"]


def stored_name(invoice: Invoice, format: Format) -> str:
    """Return the name under which a file is stored; the same for every try at making it."""
    return f"{invoice.project_id.hex}/{invoice.mode}/{invoice.year}/{invoice.file_token}.{format}"


def shown_name(invoice: Invoice, format: Format) -> str:
    """Return the name a person sees."""
    return f"{invoice.number}.{format}"


def keep(invoice: Invoice, format: Format, content: bytes) -> None:
    """Store a file, over one that an earlier try has left."""
    name = stored_name(invoice, format)
    kept = files().save(name, ContentFile(content))
    if kept != name:
        raise OSError("The storage keeps the file under another name; it must let files be overwritten.")


def read_file(invoice: Invoice, format: Format) -> bytes:
    """Read a file. Raises one of FAILURES, of which FileNotFoundError means that the storage has lost it."""
    with files().open(stored_name(invoice, format), "rb") as file:
        content: bytes = file.read()
    return content
