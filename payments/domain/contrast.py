"""Whether text can be read on a background: the contrast of WCAG 2."""

import re

_HEX = re.compile(r"#[0-9a-f]{6}")
ENOUGH = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3, level AA)."""


def is_colour(text: str) -> bool:
    """Tell whether it is a colour as `#1d4fb8`, in lower case."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(upper: str, under: str, share: float) -> str:
    """Lay one colour over another, at a share of 0 to 1."""
    pairs = ((int(upper[at : at + 2], 16), int(under[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(above * share + below * (1 - share)):02x}" for above, below in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
