"""A company's logo: PNG or SVG, checked before it is kept, since it stands on every document."""

import hashlib
import re
import struct
from xml.etree import ElementTree

from invoices.models import Logo
from paymenthub.kernel.errors import InvalidField

LARGEST = 256 * 1024
_MOST_PIXELS = 4000  # along one side
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_REFUSED_ELEMENTS = frozenset({"script", "foreignObject", "image", "use", "feImage", "animate", "set", "a", "style"})
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?(?!#)|@import|javascript:|expression\s*\(", re.IGNORECASE)
_MOST_ELEMENTS = 5000


def keep_logo(data: bytes) -> Logo:
    """Keep a picture once; raises InvalidField for what is none, is too large, or could load something from elsewhere."""
    kind = check_logo(data)
    digest = hashlib.sha256(data).hexdigest()
    Logo.objects.bulk_create([Logo(digest=digest, type=kind, data=data)], ignore_conflicts=True)
    return Logo.objects.get(digest=digest)


def check_logo(data: bytes) -> str:
    """Return the picture's media type. Raises InvalidField."""
    if not data or len(data) > LARGEST:
        raise _wrong(f"1 to {LARGEST // 1024} KB")
    if data.startswith(_PNG):
        _check_png(data)
        return "image/png"
    _check_svg(data)
    return "image/svg+xml"


def _check_png(data: bytes) -> None:
    if len(data) < 33 or data[12:16] != b"IHDR" or b"IEND" not in data[-16:]:
        raise _wrong("this PNG is broken")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise _wrong(f"at most {_MOST_PIXELS} pixels along each side")


def _check_svg(data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong("a PNG, or an SVG in UTF-8") from None
    # Refused before it is parsed: entities could grow without bound, or name files.
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) or "<?xml-stylesheet" in text:
        raise _wrong("an SVG may have no DOCTYPE, entities, CDATA or style sheets")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a DOCTYPE there are no entities to expand
    except (ElementTree.ParseError, ValueError):
        raise _wrong("a PNG or an SVG") from None
    if root.tag != f"{_SVG}svg":
        raise _wrong("a PNG or an SVG")
    for number, element in enumerate(root.iter()):
        if number >= _MOST_ELEMENTS:
            raise _wrong(f"an SVG may have {_MOST_ELEMENTS} elements")
        name = str(element.tag).rpartition("}")[2]
        if not str(element.tag).startswith(_SVG) or name in _REFUSED_ELEMENTS:
            raise _wrong(f"an SVG may have no element {name[:32]}")
        for attribute, value in element.attrib.items():
            local = attribute.rpartition("}")[2].lower()
            outside = local == "href" and not value.startswith("#")
            if local.startswith("on") or outside or _OUTSIDE.search(value):
                raise _wrong(f"an SVG may load or run nothing; see its attribute {local[:32]}")


def _wrong(what: str) -> InvalidField:
    return InvalidField(f"The logo: {what}.", param="logo")
