"""A machine's picture: every state and way in it, the current one lit, well-formed whatever a machine says."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from payments.domain.machine_layout import LETTER, lay_out
from payments.domain.machine_loading import build, load
from payments.domain.machine_svg import NARROW, WIDE, draw

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "payments/saga/machines/payment.json").read_text(encoding="utf-8"))
MACHINE = load(DATA)
PICTURES = {"payment-machine.svg": WIDE, "payment-machine-narrow.svg": NARROW}


def texts(svg: str, look: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [node.text or "" for node in root.iter() if node.get("class") == look]


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_in_the_documents_is_up_to_date(name):
    drawn = (ROOT / "docs/diagrams" / name).read_text(encoding="utf-8")

    redraw = f"python -m payments.domain.draw_machine payments/saga/machines/payment.json docs/diagrams/{name}"
    assert drawn == draw(MACHINE, width=PICTURES[name]), f"docs/diagrams/{name} is stale; run: {redraw}"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_state_and_every_way_to_another_is_in_the_picture(width):
    svg = draw(MACHINE, width=width)

    assert sorted(texts(svg, "name")) == sorted(MACHINE.states)
    ways = {(id, way.target) for id, state in MACHINE.states.items() for way in state.transitions.values()}
    drawn = texts(svg, "to")
    for _, target in {way for way in ways if way[0] != way[1]}:
        assert f"→ {target}" in drawn
    assert len(drawn) >= len({way for way in ways if way[0] != way[1]})


@pytest.mark.parametrize("width", [WIDE, 700, NARROW])
def test_no_box_overlaps_another_or_leaves_the_page_and_no_line_leaves_its_box(width):
    layout = lay_out(MACHINE, width=width, detailed=list(MACHINE.states))
    boxes = list(layout.boxes.values())

    for n, one in enumerate(boxes):
        assert one.x >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        assert all(26 + len(line.text) * LETTER <= one.width for line in one.lines)
        for other in boxes[n + 1 :]:
            apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart_x or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_the_current_state_is_lit_and_the_past_is_numbered_in_its_order():
    past = ["PAYMENT_CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED", "PAYMENT_FAILED", "PAYMENT_PENDING"]

    svg = draw(MACHINE, past=past, lit="PAYMENT_PENDING", detailed=False)

    assert re.findall(r'<g class="lit"><title>(\w+)', svg) == ["PAYMENT_PENDING"]
    assert sorted(re.findall(r'<g class="past"><title>(\w+)', svg)) == ["PAYMENT_CREATED", "PAYMENT_FAILED"]
    assert sorted(texts(svg, "stepno")) == ["1", "2", "3", "4"]
    assert svg.count('class="went"') == 3
    assert "→ PAYMENT_EXECUTED" in texts(svg, "to")


def test_states_that_the_machine_has_not_are_left_out():
    svg = draw(MACHINE, past=["OLD", "PAYMENT_CREATED"], lit="OLDER", detailed=False)

    assert '<g class="lit">' not in svg
    assert texts(svg, "stepno") == ["1"]


def test_what_a_machine_says_is_never_markup():
    hostile = json.loads(json.dumps(DATA))
    hostile["states"][0]["description"] = '</title><script>alert("x")</script>'
    hostile["businessStates"][0]["description"] = "<b>&"

    svg = draw(build(hostile, name="<i>", version=1), lit="PAYMENT_CREATED")

    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "<b>" not in svg
    assert "<i>" not in svg
