"""Read the rows that somebody has selected in a table."""

from typing import Any, TypeVar

from paymenthub.kernel.errors import InvalidField, MalformedRequest
from payments.api.typed import read

T = TypeVar("T")


def read_rows(body: Any, kind: type[T], *, most: int) -> list[T]:
    """Read 1 to `most` rows. Raises MalformedRequest for no array, or InvalidField that names the row."""
    if not isinstance(body, list):
        raise MalformedRequest("The body must be a JSON array of rows.")
    if not 1 <= len(body) <= most:
        raise InvalidField(f"1 to {most} rows.")
    found = []
    for number, row in enumerate(body):
        try:
            found.append(read(row, kind))
        except MalformedRequest:
            raise InvalidField("A row must be a JSON object.", param=f"[{number}]") from None
        except InvalidField as error:
            raise InvalidField(error.message, param=f"[{number}].{error.param or ''}".rstrip(".")) from None
    return found
