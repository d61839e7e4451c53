"""Logos, made harmless before they are drawn: a picture may be wrong or hostile, an invoice goes out all the same."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from .svg_logo import clean_svg

MAX_BYTES = 500_000
MAX_PIXELS = 4_000_000
# 70 mm, the widest a logo is printed, at 300 dpi.
_PRINTED_WIDTH = 830
_PNG = b"\x89PNG\r\n\x1a\n"


class BadLogo(ValueError):
    """Say why a logo cannot be printed."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that is safe to draw; its name changes with what it shows."""

    name: str
    body: bytes
    content_type: str


@lru_cache(maxsize=64)
def vet(body: bytes) -> Logo:
    """Return the logo ready to be drawn; raises BadLogo where it is neither a PNG nor an SVG, too big or broken.

    What it says of its own type is not believed. A PNG is drawn anew without anything that is not a pixel; of an SVG
    only shapes, text and colours stay.
    """
    if len(body) > MAX_BYTES:
        raise BadLogo(f"A logo has at most {MAX_BYTES} bytes.")
    if body.startswith(_PNG):
        clean, suffix, content_type = _redrawn(body), "png", "image/png"
    else:
        clean, suffix, content_type = clean_svg(body), "svg", "image/svg+xml"
        if not clean:
            raise BadLogo("A logo is a PNG, or an SVG without a DOCTYPE and of at most 2000 elements.")
    return Logo(f"logo-{hashlib.sha256(clean).hexdigest()[:16]}.{suffix}", clean, content_type)


def _redrawn(body: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(body), formats=["PNG"])
            if picture.width * picture.height > MAX_PIXELS:
                raise BadLogo(f"A logo has at most {MAX_PIXELS} pixels.")
            pixels = picture.convert("RGBA")
    except BadLogo:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Warning) as error:
        raise BadLogo("The logo is not a readable PNG.") from error
    pixels.thumbnail((_PRINTED_WIDTH, _PRINTED_WIDTH))
    stream = io.BytesIO()
    pixels.save(stream, format="PNG")
    return stream.getvalue()
