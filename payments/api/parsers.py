"""JSON in, strictly: what two readers could understand in two ways is refused."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from paymenthub.kernel.errors import PayloadTooLarge
from paymenthub.kernel.strict_json import read_array, read_object


class StrictJSONParser(BaseParser):
    """Read one JSON object of at most REQUEST_MAX_BYTES.

    Raises PayloadTooLarge, or MalformedRequest for: no UTF-8, no JSON, no object, a name given twice, NaN or infinity,
    more than 32 levels, and text that cannot be stored (NUL, half a character).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object."""
        return read_object(_within_limit(stream))


class ExactJSONParser(StrictJSONParser):
    """The same, with numbers that have a fraction as Decimal, just as they were written: for amounts in major units."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object."""
        return read_object(_within_limit(stream), exact=True)


class JSONRowsParser(BaseParser):
    """Read one JSON array of at most REQUEST_MAX_BYTES, as strictly as StrictJSONParser reads an object."""

    media_type = "application/json"

    def parse(  # type: ignore[override]
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> list[Any]:
        """Return the array."""
        return read_array(_within_limit(stream))


def _within_limit(stream: IO[bytes]) -> bytes:
    raw = stream.read(settings.REQUEST_MAX_BYTES + 1)
    if len(raw) > settings.REQUEST_MAX_BYTES:
        raise PayloadTooLarge(f"The body may have {settings.REQUEST_MAX_BYTES} bytes at most.")
    return raw
