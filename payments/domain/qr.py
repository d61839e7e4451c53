"""QR codes of addresses, as pictures."""

import io
from typing import Final, Literal

import segno

MOST_SCALE: Final = 40
"""Pixels a module, at most: a picture of about 1500 pixels."""
_QUIET_ZONE = 4  # modules; scanners need them
MEDIA_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}


def picture(text: str, kind: Literal["svg", "png"], *, scale: int) -> bytes:
    """Draw a QR code in black on white; `scale` pixels a module. Error correction M: a scratch or a logo does no harm."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind=kind, scale=scale, border=_QUIET_ZONE, dark="#000", light="#fff")
    return out.getvalue()
