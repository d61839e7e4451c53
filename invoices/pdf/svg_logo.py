"""What stays of an SVG logo: shapes, text, gradients and colours that stand in the picture itself."""

import re

from lxml import etree

MAX_ELEMENTS = 2000
MAX_DEPTH = 40
_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = """
svg g defs title desc path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient stop clipPath
"""
_LOOKS = """
id viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform preserveAspectRatio dx dy offset version
gradientUnits gradientTransform spreadMethod clipPathUnits fill fill-opacity fill-rule stroke stroke-width stroke-opacity
stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity clip-path clip-rule stop-color
stop-opacity font-family font-size font-weight font-style letter-spacing text-anchor color display visibility style
"""
_ELEMENTS = frozenset(_SVG + name for name in _SHAPES.split())
_ATTRIBUTES = frozenset(_LOOKS.split())
# A url() may only point into the picture.
_POINTS_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|@import|expression|\\", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def clean_svg(body: bytes) -> bytes:
    """Return the SVG with only what it may have, or nothing where it is no SVG, has a DOCTYPE or is too big."""
    # Entities can only be declared in a DOCTYPE, and UTF-16 could hide one from this search.
    if _DOCTYPE.search(body) or b"\x00" in body:
        return b""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return b""
    if root.tag != _SVG + "svg" or not _is_small(root):
        return b""
    _keep_known(root)
    return bytes(etree.tostring(root, encoding="UTF-8"))


def _is_small(root: etree._Element) -> bool:
    seen = 0
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        seen += 1
        if seen > MAX_ELEMENTS or depth > MAX_DEPTH:
            return False
        stack.extend((child, depth + 1) for child in element)
    return True


def _keep_known(element: etree._Element) -> None:
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or _POINTS_OUTSIDE.search(value):
            del element.attrib[name]
    for child in list(element):
        if child.tag in _ELEMENTS:
            _keep_known(child)
        else:
            element.remove(child)
