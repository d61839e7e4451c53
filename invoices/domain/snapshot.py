"""A document as it is kept: JSON, without the picture of its logo, which is kept once and named by its digest."""

from dataclasses import replace
from typing import Any

import msgspec

from .document import Document


def freeze(document: Document) -> dict[str, Any]:
    """Write a document down."""
    bare = replace(document, issuer=replace(document.issuer, logo=b"", logo_type=""))
    kept: dict[str, Any] = msgspec.to_builtins(bare)
    return kept


def thaw(kept: dict[str, Any], *, logo: bytes = b"", logo_type: str = "") -> Document:
    """Read it again, the same to the last field."""
    document = msgspec.convert(kept, Document)
    return replace(document, issuer=replace(document.issuer, logo=logo, logo_type=logo_type))
