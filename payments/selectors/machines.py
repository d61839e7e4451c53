"""Machines by name and version: a running payment stays on the one it started with."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from payments.domain.machine import Machine
from payments.domain.machine_loading import load

_FOLDER: Final = Path(__file__).parent.parent / "saga" / "machines"
DEFAULT: Final = "payment"


class UnknownMachine(LookupError):
    """A payment names a machine that is not installed here."""


@cache
def _built_in() -> dict[tuple[str, int], Machine]:
    machines = [load(json.loads(file.read_text(encoding="utf-8"))) for file in sorted(_FOLDER.glob("*.json"))]
    return {(machine.name, machine.version): machine for machine in machines}


def newest(name: str = DEFAULT) -> Machine:
    """Return the newest version of a machine that comes with the hub. Raises `UnknownMachine`."""
    versions = [machine for (known, _), machine in _built_in().items() if known == name]
    if not versions:
        raise UnknownMachine(name)
    return max(versions, key=lambda machine: machine.version)


def machine(name: str, version: int) -> Machine:
    """Return the machine that a payment runs on. Raises `UnknownMachine`."""
    try:
        return _built_in()[name, version]
    except KeyError:
        raise UnknownMachine(f"{name} version {version}") from None
