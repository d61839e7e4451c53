"""Machine files: each bad one is refused with its own message, and good ones are taken whole."""

import json
from pathlib import Path

import pytest

from payments.domain import machine_checks, machine_file
from payments.domain.machine import CHANNELS, Command
from payments.domain.machine_loading import MachineError, load

FOLDER = Path(__file__).parent / "machines"
EXPECTED = json.loads((FOLDER / "bad_files.json").read_text(encoding="utf-8"))


def accept(content: bytes):
    definition = machine_file.read(content)
    machine = load({"name": "given", "version": 1, **definition}, channels=CHANNELS, handlers={"stock"})
    problems = machine_checks.problems_for_payments(machine)
    if problems:
        raise MachineError(problems)
    return machine


def good(name: str = "small") -> bytes:
    return (FOLDER / "good" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_bad_file_is_refused_with_its_own_message(name):
    with pytest.raises(MachineError) as refused:
        accept((FOLDER / "bad" / f"{name}.json").read_bytes())

    assert list(refused.value.problems) == EXPECTED[name]


def test_every_bad_file_is_expected_and_no_two_are_told_the_same():
    assert {file.stem for file in (FOLDER / "bad").iterdir()} == EXPECTED.keys()
    assert len(EXPECTED) >= 25
    assert len({tuple(told) for told in EXPECTED.values()}) == len(EXPECTED)


def test_the_good_file_from_which_the_bad_ones_were_made_is_taken():
    machine = accept(good())

    assert (machine.name, len(machine.states), machine.taken_anywhere) == (
        "small-shop",
        6,
        {"chargebackOpened", "chargebackWon"},
    )
    assert machine.state("WAITING").timeout.seconds == 86400


def test_a_whole_flow_manager_file_is_taken_with_its_channels():
    machine = accept(good("flow_manager"))

    assert machine.name == "given"
    assert machine.channels["ship"].url == "https://erp.example.org/ship"
    assert machine.channels["pay"].url == "http://payment-gateway-manager:80/saga/pay"
    assert Command("ship", "SHIP") in machine.state("PAID").side_effects
    assert machine_checks.notices(machine)[0].startswith("channel pay: takes the place of the hub's own")


def test_channels_of_the_hubs_own_names_can_be_left_to_the_hub():
    definition = machine_file.for_the_hub(machine_file.read(good("flow_manager")))

    assert [row["id"] for row in definition["communicationProtocols"]] == ["ship"]


def test_a_file_that_is_too_large_or_too_deep_or_no_text_is_refused_before_it_is_read():
    for content, told in (
        (b" " * (machine_file.MAX_BYTES + 1), "file: must not be larger than 1000000 bytes"),
        (b"[" * 100_000, "file: is nested too deeply"),
        (b"\xff\xfe", "file: must be text in UTF-8"),
        (b'{"name": "a\\u0000"}', "file: holds a character that is no text: U+0000, or half of a surrogate pair"),
        (b'{"a": [{"\\ud800": 1}]}', "file: holds a character that is no text: U+0000, or half of a surrogate pair"),
        (b'{"version": ' + b"1" * 5000 + b"}", "file: holds a number with too many digits"),
        (b'{"version": NaN}', "file: NaN is no number of JSON"),
    ):
        with pytest.raises(MachineError) as refused:
            machine_file.read(content)
        assert refused.value.problems == (told,)


def test_a_hostile_file_gets_at_most_fifty_problems_of_bounded_length():
    states = [{"id": f"{n}" + "S" * 5000, "x" * 5000: 1} for n in range(60)]

    with pytest.raises(MachineError) as refused:
        machine_file.read(json.dumps({"states": states}).encode())

    assert len(refused.value.problems) == 50
    assert max(map(len, refused.value.problems)) < 300


def test_the_checksum_is_of_what_a_machine_says_and_not_of_how_it_is_written_or_called():
    definition = machine_file.read(good())
    other = {**definition, "creationEvent": "made"}

    assert machine_file.checksum(definition) == machine_file.checksum(
        {"name": "else", **dict(reversed(definition.items())), "$comment": "x"}
    )
    assert machine_file.checksum(definition) != machine_file.checksum(other)


def test_the_example_of_the_documents_is_taken():
    page = (Path(__file__).parents[3] / "docs/machines.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]

    assert accept(example.encode()).name == "small-shop"
