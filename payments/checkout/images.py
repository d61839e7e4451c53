"""Images that projects bring: read, made small, and written anew, so that nothing of the file that came is served."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from paymenthub.kernel.errors import InvalidField

MOST_UPLOAD = 512 * 1024
"""Bytes that an uploaded image may have."""

_MOST_SIDE = 4000
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "ICO")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the hub has written."""

    png: bytes
    width: int
    height: int


def logo(upload: bytes) -> Picture:
    """Make a logo of at most 480 by 112 pixels and 20 kB. Raises InvalidField."""
    return _made(upload, param="logo", box=(480, 112), most=20 * 1024)


def favicon(upload: bytes) -> Picture:
    """Make an icon of at most 64 by 64 pixels and 8 kB. Raises InvalidField."""
    return _made(upload, param="favicon", box=(64, 64), most=8 * 1024)


def _made(upload: bytes, *, param: str, box: tuple[int, int], most: int) -> Picture:
    if len(upload) > MOST_UPLOAD:
        raise InvalidField(f"The image may have {MOST_UPLOAD // 1024} kB.", param=param)
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as found:
            # The size stands in the file's head: a small file that unfolds to gigabytes is refused unread.
            if max(found.size) > _MOST_SIDE:
                raise InvalidField(f"The image may be {_MOST_SIDE} pixels wide and high at most.", param=param)
            picture = found.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InvalidField(
            "This is no PNG, JPEG, WebP, GIF or ICO image. SVG is not taken: it can hold scripts. Export it as PNG.",
            param=param,
        ) from None
    picture.thumbnail(box)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    if written.tell() > most:
        written = io.BytesIO()
        picture.quantize(128, method=Image.Quantize.FASTOCTREE).save(written, "PNG", optimize=True)
    if written.tell() > most:
        raise InvalidField(
            f"Made small it still has {written.tell() // 1024} kB, more than {most // 1024}: pages must stay light. "
            "Use an image with fewer colours.",
            param=param,
        )
    return Picture(written.getvalue(), *picture.size)
