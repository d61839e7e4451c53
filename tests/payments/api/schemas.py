"""JSON schemas of our types, to hold real answers against."""

from typing import Any

import msgspec


def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema, refusing names that the type does not have."""
    schema = msgspec.json.schema(kind)
    schema["$defs"][kind.__name__]["additionalProperties"] = False
    return schema
