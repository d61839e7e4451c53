"""Where the files lie: Django's storage `invoices`, private, under names that nobody can guess."""

from collections.abc import Iterator
from typing import IO, Literal

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from .models import Invoice

Format = Literal["pdf", "xml"]
MEDIA_TYPES: dict[str, str] = {"pdf": "application/pdf", "xml": "application/xml"}
_CHUNK = 64 * 1024


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


def open_file(invoice: Invoice, format: Format) -> IO[bytes]:
    """Open a file to read. Raises OSError (FileNotFoundError) where the storage has lost it."""
    found: IO[bytes] = files().open(stored_name(invoice, format), "rb")
    return found


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Read an open file to its end and close it."""
    with file:
        while part := file.read(_CHUNK):
            yield part
