"""A machine's definition is checked whole, and drawn."""

import copy
import json
from pathlib import Path

import pytest

from payments.domain.draw_machine import main
from payments.domain.machine import Command, decide
from payments.domain.machine_diagram import diagram, with_diagrams
from payments.domain.machine_loading import MachineError, load

ROOT = Path(__file__).parents[3]
MACHINE_FILE = ROOT / "payments/saga/machines/payment.json"
PAGE = ROOT / "docs/state-machine.md"
REDRAW = "python -m payments.domain.draw_machine payments/saga/machines/payment.json docs/state-machine.md"

SMALL = {
    "name": "small",
    "version": 7,
    "initialState": "NEW",
    "creationEvent": "created",
    "states": [
        {
            "id": "NEW",
            "description": "Nothing is asked.",
            "isFinal": False,
            "businessStateId": 0,
            "outgoingTransitions": [{"inputEvent": "cancelRequested", "targetState": "CANCELLING"}],
        },
        {
            "id": "CANCELLING",
            "isFinal": False,
            "businessStateId": 0,
            "outputCommand": {"channel": "cancel", "label": "cancelRequested"},
            "outgoingTransitions": [
                {"inputEvent": "paymentCancelled", "targetState": "GONE", "businessEventId": 0},
                {"inputEvent": "cancelFailed", "targetState": "NEW"},
                {"inputEvent": "cancelPending", "targetState": "CANCELLING", "commands": False},
                {"inputEvent": "cancelRequested", "targetState": "CANCELLING"},
            ],
        },
        {
            "id": "GONE",
            "isFinal": True,
            "businessStateId": 1,
            "sideEffects": [{"channel": "notify", "label": "GONE"}],
            "outgoingTransitions": [],
        },
    ],
    "businessStates": [{"id": 0, "description": "OPEN"}, {"id": 1, "description": "GONE"}],
    "businessEvents": [{"id": 0, "description": "gone"}],
}


def _small():
    return copy.deepcopy(SMALL)


def _way(event="x", target="NEW", **more):
    return {"inputEvent": event, "targetState": target, **more}


def _add_way(data, state, way):
    data["states"][state]["outgoingTransitions"].append(way)


BAD = [
    (lambda d: d.pop("initialState"), "machine: 'initialState' is missing"),
    (lambda d: d.pop("businessStates"), "machine: 'businessStates' is missing"),
    (lambda d: d.update(version="1"), "machine: 'version' must be a whole number"),
    (lambda d: d.update(version=True), "machine: 'version' must be a whole number"),
    (lambda d: d.update(initialState="OLD"), "machine: initialState 'OLD' is no state"),
    (lambda d: d["states"].append("GONE"), "machine: 'states' must hold objects only"),
    (lambda d: d["states"][0].pop("id"), "states[0]: 'id' is missing"),
    (lambda d: d["states"][0].pop("isFinal"), "state NEW: 'isFinal' is missing"),
    (lambda d: d["states"][0].update(description=3), "state NEW: 'description' must be a text"),
    (lambda d: d["states"].append(dict(d["states"][2])), "state GONE is there twice"),
    (lambda d: d["businessEvents"].append({"id": 0, "description": "b"}), "businessEvents: id 0 is there twice"),
    (lambda d: _add_way(d, 0, _way("cancelRequested")), "state NEW: event cancelRequested is there twice"),
    (lambda d: _add_way(d, 0, {"inputEvent": "x"}), "state NEW: event x: 'targetState' is missing"),
    (lambda d: _add_way(d, 0, _way(target="OLD")), "state NEW: event x: targetState 'OLD' is no state"),
    (lambda d: _add_way(d, 0, _way(businessEventId=9)), "state NEW: event x: businessEventId 9 is no business event"),
    (lambda d: _add_way(d, 0, _way(commands="no")), "state NEW: event x: 'commands' must be true or false"),
    (
        lambda d: _add_way(d, 0, _way("a-->b")),
        "state NEW: event a-->b: 'inputEvent' must be a name of letters, digits and _",
    ),
    (lambda d: _add_way(d, 2, _way()), "state GONE: is final and has ways out: x"),
    (lambda d: d["states"][0].update(businessStateId=5), "state NEW: businessStateId 5 is no business state"),
    (lambda d: d["states"][0].update(outputCommand="pay"), "state NEW: 'outputCommand' must be an object"),
    (
        lambda d: d["states"][2]["sideEffects"][0].update(hook={"type": "file"}),
        "state GONE: sideEffects: 'hook' is not supported, the whole metadata is sent",
    ),
    (
        lambda d: d["states"][2].update(sideEffects=[{"channel": "pigeon", "label": "x"}]),
        "state GONE: channel 'pigeon' is unknown; declare it in communicationProtocols, or use a known one",
    ),
    (
        lambda d: d["states"].append({"id": "ISLE", "isFinal": False, "businessStateId": 0}),
        "state ISLE: cannot be reached from the initial state",
    ),
    (
        lambda d: d["states"][1]["outgoingTransitions"].pop(1),
        "state CANCELLING: event cancelFailed: no way for this verdict of its command 'cancel'",
    ),
]


@pytest.mark.parametrize(("spoil", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_bad_machine_is_refused_with_a_message_that_names_the_place(spoil, problem):
    data = _small()
    spoil(data)

    with pytest.raises(MachineError) as refused:
        load(data)

    assert problem in refused.value.problems


def test_all_problems_are_told_at_once():
    data = _small()
    del data["name"]
    data["states"][0]["businessStateId"] = 5
    _add_way(data, 0, _way(target="OLD"))

    with pytest.raises(MachineError) as refused:
        load(data)

    assert refused.value.problems == (
        "machine: 'name' is missing",
        "state NEW: businessStateId 5 is no business state",
        "state NEW: event x: targetState 'OLD' is no state",
    )
    assert str(refused.value) == "\n".join(refused.value.problems)


def test_a_good_machine_is_loaded_with_all_its_parts():
    machine = load(_small())

    assert (machine.name, machine.version, machine.initial_state, machine.creation_event) == (
        "small",
        7,
        "NEW",
        "created",
    )
    assert machine.state("CANCELLING").command == Command("cancel", "cancelRequested")
    assert machine.state("GONE").side_effects == (Command("notify", "GONE"),)
    assert machine.state("NEW").transitions["cancelRequested"].business_event is None
    assert decide(machine, "NEW", "cancelRequested").business_event is None


def test_a_channel_of_ones_own_is_taken_when_it_is_named():
    data = _small()
    data["states"][2]["sideEffects"][0]["channel"] = "pigeon"

    machine = load(data, channels={"cancel", "pigeon"})

    assert machine.state("GONE").side_effects == (Command("pigeon", "GONE"),)


def test_a_loaded_machine_cannot_be_changed():
    machine = load(_small())

    with pytest.raises(TypeError):
        machine.states["NEW"] = machine.states["GONE"]


def test_the_diagram_shows_what_changes_or_asks_and_lights_one_state():
    assert diagram(load(_small()), "GONE") == (
        "stateDiagram-v2\n"
        "    [*] --> NEW: created\n"
        "    NEW --> CANCELLING: cancelRequested\n"
        "    CANCELLING --> GONE: paymentCancelled\n"
        "    CANCELLING --> NEW: cancelFailed\n"
        "    CANCELLING --> CANCELLING: cancelRequested\n"
        "    GONE --> [*]\n"
        "    classDef lit fill:#1d4ed8,color:#ffffff\n"
        "    class GONE lit\n"
    )


def test_a_diagram_of_some_states_shows_the_ways_between_them_only():
    assert diagram(load(_small()), None, ["CANCELLING", "GONE"]) == (
        "stateDiagram-v2\n"
        "    CANCELLING --> GONE: paymentCancelled\n"
        "    CANCELLING --> CANCELLING: cancelRequested\n"
        "    GONE --> [*]\n"
    )


def test_a_page_may_show_several_diagrams_each_of_the_states_it_names():
    machine = load(_small())
    page = "<!-- diagram: begin CANCELLING\nGONE -->\n<!-- diagram: end -->\n<!-- diagram: begin -->\n<!-- diagram: end -->\n"

    assert with_diagrams(page, machine) == (
        f"<!-- diagram: begin CANCELLING\nGONE -->\n```mermaid\n{diagram(machine, None, ['CANCELLING', 'GONE'])}```\n"
        f"<!-- diagram: end -->\n<!-- diagram: begin -->\n```mermaid\n{diagram(machine, None)}```\n<!-- diagram: end -->\n"
    )


def test_a_state_that_is_none_cannot_be_lit():
    with pytest.raises(KeyError, match="machine small version 7 has no state 'OLD'"):
        diagram(load(_small()), "OLD")


def test_the_page_shows_the_diagram_of_the_machine():
    machine = load(json.loads(MACHINE_FILE.read_text(encoding="utf-8")))
    page = PAGE.read_text(encoding="utf-8")

    assert with_diagrams(page, machine) == page, f"docs/state-machine.md is stale; run: {REDRAW}"


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="put the lines <!-- diagram: begin --> and <!-- diagram: end -->"):
        with_diagrams("no marks", load(_small()))


def test_the_command_line_prints_the_diagram(tmp_path, capsys):
    file = tmp_path / "small.json"
    file.write_text(json.dumps(SMALL), encoding="utf-8")

    assert main([str(file)]) == 0
    assert capsys.readouterr().out == diagram(load(_small()), None)


def test_the_command_line_writes_the_diagram_into_a_page(tmp_path):
    file, page = tmp_path / "small.json", tmp_path / "page.md"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    page.write_text("a\n<!-- diagram: begin -->\nold\n<!-- diagram: end -->\nb\n", encoding="utf-8")

    assert main([str(file), str(page)]) == 0
    assert page.read_text(encoding="utf-8") == (
        "a\n<!-- diagram: begin -->\n```mermaid\n" + diagram(load(_small()), None) + "```\n<!-- diagram: end -->\nb\n"
    )


def test_the_command_line_leaves_a_page_alone_that_names_an_unknown_state(tmp_path, capsys):
    file, page = tmp_path / "small.json", tmp_path / "page.md"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    page.write_text("<!-- diagram: begin OLD -->\n<!-- diagram: end -->\n", encoding="utf-8")

    assert main([str(file), str(page)]) == 1
    assert "was not changed; correct it and run this again" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "<!-- diagram: begin OLD -->\n<!-- diagram: end -->\n"


def test_the_command_line_tells_what_to_do_next(tmp_path, capsys):
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(SMALL | {"initialState": "OLD"}), encoding="utf-8")

    assert main([]) == 2
    assert (
        "usage: python -m payments.domain.draw_machine MACHINE.json [PAGE.md | PICTURE.svg]" in capsys.readouterr().err
    )
    assert main([str(bad)]) == 1
    told = capsys.readouterr().err
    assert "correct it and run this again" in told
    assert "machine: initialState 'OLD' is no state" in told
