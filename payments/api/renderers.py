"""JSON out."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """Write what a view returns as JSON."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8 and has no such parameter
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes; nothing at all for no data."""
        return b"" if data is None else msgspec.json.encode(data)
