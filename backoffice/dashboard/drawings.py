"""Where the marks of a drawing stand. Templates write them, so that every text is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 1000, 300
_HEADROOM = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, its style, and its points."""

    name: str
    style: str
    points: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over the same days. `top` is what the highest mark stands for; `ends` are the labels below."""

    lines: list[Line]
    top: str
    ends: list[str]
    template: str = "backoffice/dashboard/_lines.html"
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, as wide as `share` percent of the widest; `before` is that of the comparison, none where there is none."""

    name: str
    value: str
    share: float
    before: float | None = None
    before_value: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below one another."""

    bars: list[Bar]
    template: str = "backoffice/dashboard/_bars.html"


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a ring: `length` and `offset` are percent of its way round."""

    name: str
    value: str
    colour: str
    length: float
    offset: float


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring of parts."""

    slices: list[Slice]
    template: str = "backoffice/dashboard/_ring.html"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with its name; `before` is what it was in the period of comparison, `tone` good, bad or empty."""

    name: str
    value: str
    before: str = ""
    help: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Numbers beside one another."""

    tiles: list[Tile] = field(default_factory=list)
    template: str = "backoffice/dashboard/_tiles.html"


Drawing = Lines | Bars | Ring | Tiles


def line(name: str, style: str, values: Sequence[int], *, top: int) -> Line:
    """Draw values from left to right, where `top` stands near the upper edge; one value is a level line."""
    many = list(values) if len(values) > 1 else [*values, *values]
    step = WIDTH / max(1, len(many) - 1)
    heights = [HEIGHT - (max(0, value) / top * HEIGHT * _HEADROOM if top > 0 else 0) for value in many]
    return Line(name, style, " ".join(f"{n * step:.1f},{height:.1f}" for n, height in enumerate(heights)))


def ring(parts: Sequence[tuple[str, str, str, int]]) -> Ring:
    """Draw (name, value, colour, weight) as parts of a ring that begins at the top."""
    total, gone, found = sum(weight for *_, weight in parts), 0.0, []
    for name, value, colour, weight in parts:
        length = weight * 100 / total if total else 0.0
        found.append(Slice(name, value, colour, round(length, 3), round(25 - gone, 3)))
        gone += length
    return Ring(found)


def share_of(value: int | float, top: int | float) -> float:
    """Return how wide a bar is, in percent."""
    return round(max(0.0, value) * 100 / top, 2) if top > 0 else 0.0
