"""Draw a machine as an SVG picture in light and dark: states by business state, the current one lit, its past marked."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from payments.domain.machine import Machine
from payments.domain.machine_layout import HEAD, LINE, Box, Lane, Layout, lay_out

WIDE: Final = 1180
NARROW: Final = 344
_NAME_LETTER: Final = 8.2
"""Width of one bold capital in pixels, generous: a longer name is squeezed into its box."""

_LIGHT: Final = (
    "--paper:#ffffff;--lane:#f5f7fa;--box:#ffffff;--line:#98a4b5;--ink:#1b2430;--soft:#556274;"
    "--past:#dbe8fe;--pastline:#2f6fe0;--lit:#1d4ed8;--litink:#ffffff"
)
_DARK: Final = (
    "--paper:#0f141b;--lane:#171e28;--box:#1e2733;--line:#5d6b7f;--ink:#e8edf4;--soft:#a9b6c8;"
    "--past:#1b3560;--pastline:#7eb0ff;--lit:#8ab8ff;--litink:#0b1a33"
)
_RULES: Final = (
    ".pm{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;font-size:12px}"
    ".pm .paper{fill:var(--paper)}.pm .lane{fill:var(--lane)}"
    ".pm .lanename{fill:var(--soft);font-size:12px;font-weight:600;letter-spacing:.04em}"
    ".pm .box{fill:var(--box);stroke:var(--line);stroke-width:1}.pm .final{stroke-width:2.5}"
    ".pm .name{fill:var(--ink);font-weight:600;font-size:11.5px}"
    ".pm .to{fill:var(--ink)}.pm .by{fill:var(--soft)}"
    ".pm .to,.pm .by{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:11px}"
    ".pm .went{fill:none;stroke:var(--pastline);stroke-width:2.4}.pm .tip{fill:var(--pastline)}"
    ".pm .past .box{fill:var(--past);stroke:var(--pastline);stroke-width:1.6}"
    ".pm .lit .head{fill:var(--lit)}.pm .lit .box{stroke:var(--lit);stroke-width:2.4}"
    ".pm .lit .name{fill:var(--litink)}"
    ".pm .step{fill:var(--pastline)}.pm .stepno{fill:var(--paper);font-size:10.5px;font-weight:700;text-anchor:middle}"
    ".pm .lit .step{fill:var(--litink)}.pm .lit .stepno{fill:var(--lit)}"
)


def draw(
    machine: Machine,
    *,
    width: int = WIDE,
    past: Sequence[str] = (),
    lit: str | None = None,
    detailed: bool = True,
    in_page: bool = False,
) -> str:
    """Return the picture as SVG text.

    `past` are the states that were entered, in their order (the lit one is the last); without `detailed` only the lit
    state shows its ways. `in_page`: dark where an element around it has the class `dark`, else as the system is. States
    that the machine has not are left out.
    """
    shown = list(machine.states) if detailed else [id for id in (lit,) if id is not None]
    layout = lay_out(machine, width=width, detailed=shown)
    steps = _steps(id for id in past if id in machine.states)
    title = escape(f"The machine {machine.name}, version {machine.version}")
    told = f"The current state is {lit}." if lit in machine.states else "Its states, by business state."
    ident = f"pm{width}{'d' if detailed else 'c'}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pm" viewBox="0 0 {layout.width:g} {layout.height:g}" role="img" '
        f'aria-labelledby="{ident}t {ident}d">',
        f'<title id="{ident}t">{title}</title><desc id="{ident}d">{escape(told)}</desc>',
        f"<style>{_style(in_page)}</style>",
        f"<defs>{_tip(f'{ident}a')}</defs>",
        f'<rect class="paper" width="{layout.width:g}" height="{layout.height:g}"/>',
        *(_lane(lane, layout) for lane in layout.lanes),
        *_gone(layout, past, ident),
        *(_box(box, steps.get(id, []), lit == id) for id, box in layout.boxes.items()),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _style(in_page: bool) -> str:
    if in_page:
        return f".pm{{{_LIGHT}}}.dark .pm{{{_DARK}}}{_RULES}"
    return f".pm{{{_LIGHT}}}@media (prefers-color-scheme:dark){{.pm{{{_DARK}}}}}{_RULES}"


def _tip(id: str) -> str:
    return (
        f'<marker id="{id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="tip" d="M0 1L10 5L0 9z"/></marker>'
    )


def _steps(past: Iterable[str]) -> dict[str, list[int]]:
    steps: dict[str, list[int]] = {}
    before = None
    for id in past:
        if id != before:
            steps.setdefault(id, []).append(sum(map(len, steps.values())) + 1)
        before = id
    return steps


def _lane(lane: Lane, layout: Layout) -> str:
    name = escape(lane.title)
    return (
        f'<rect class="lane" x="4" y="{lane.y + 2:g}" width="{layout.width - 8:g}" height="{lane.height - 4:g}" rx="8"/>'
        f'<text class="lanename" x="18" y="{lane.y + 21:g}">{name}</text>'
    )


def _gone(layout: Layout, past: Sequence[str], ident: str) -> list[str]:
    boxes = layout.boxes
    gone = [(a, b) for a, b in pairwise(past) if a != b and a in boxes and b in boxes]
    return [_way(boxes[a], boxes[b], f"{ident}a") for a, b in dict.fromkeys(gone)]


def _way(start: Box, end: Box, tip: str) -> str:
    y1, y2 = start.y + HEAD / 2, end.y + HEAD / 2
    if abs(start.x - end.x) < 1:  # in one column: beside the boxes, where it is seen
        from_x = to_x = start.x
        bend, bend_back = -11.0, 11.0
    else:
        rightwards = end.x > start.x
        from_x = start.x + start.width if rightwards else start.x
        to_x = end.x if rightwards else end.x + end.width
        reach = 9 if abs(to_x - from_x) < 40 else max(24, abs(to_x - from_x) / 2)
        bend = bend_back = reach if rightwards else -reach
    curve = f"M{from_x:g} {y1:g}C{from_x + bend:g} {y1:g} {to_x - bend_back:g} {y2:g} {to_x:g} {y2:g}"
    return f'<path class="went" marker-end="url(#{tip})" d="{curve}"/>'


def _box(box: Box, steps: Sequence[int], is_lit: bool) -> str:
    state = box.state
    look = "lit" if is_lit else "past" if steps else ""
    name, x, y = escape(state.id), box.x, box.y
    room = box.width - 22 - 20 * len(steps[:3])
    squeezed = f' textLength="{room:g}" lengthAdjust="spacingAndGlyphs"' if len(state.id) * _NAME_LETTER > room else ""
    about = escape(" ".join(filter(None, [state.id, state.description])))
    parts = [
        f'<g class="{look}"><title>{about}</title>',
        f'<rect class="box{" final" if state.is_final else ""}" x="{x:g}" y="{y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="6"/>',
    ]
    if is_lit:
        parts.append(f'<rect class="head" x="{x:g}" y="{y:g}" width="{box.width:g}" height="{HEAD:g}" rx="6"/>')
    parts.append(f'<text class="name" x="{x + 12:g}" y="{y + 19:g}"{squeezed}>{name}</text>')
    for n, step in enumerate(steps[:3]):
        cx = x + box.width - 15 - n * 20
        parts.append(
            f'<circle class="step" cx="{cx:g}" cy="{y + HEAD / 2:g}" r="8.5"/>'
            f'<text class="stepno" x="{cx:g}" y="{y + HEAD / 2 + 3.8:g}">{step}</text>'
        )
    for n, line in enumerate(box.lines):
        at, look = y + HEAD + LINE * (n + 1) - 3, "to" if line.is_target else "by"
        indent = 12 if line.is_target else 26
        parts.append(f'<text class="{look}" x="{x + indent:g}" y="{at:g}">{escape(line.text)}</text>')
    return "".join([*parts, "</g>"])
