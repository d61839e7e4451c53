"""Machines by name and version: a running payment stays on the one it started with.

Ours come with the hub; others were installed and are read from the database once per process, since they never change.
"""

import json
import logging
import uuid
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from payments.domain import machine_file
from payments.domain.machine import Machine
from payments.domain.machine_loading import MachineError, build, load
from payments.models import MachineDefinition, Project

_FOLDER: Final = Path(__file__).parent.parent / "saga" / "machines"
DEFAULT: Final = "payment"
MARK: Final = "@"
"""Stands in every installed machine's name and in none of the hub's own."""

logger = logging.getLogger(__name__)


class UnknownMachine(LookupError):
    """A payment names a machine that is not installed here."""


def newest(name: str = DEFAULT) -> Machine:
    """Return the newest version of a machine that comes with the hub. Raises `UnknownMachine`."""
    versions = [machine for (known, _), (machine, _) in _built_in().items() if known == name]
    if not versions:
        raise UnknownMachine(name)
    return max(versions, key=lambda machine: machine.version)


def active_for(project: Project) -> Machine:
    """Return the machine that a project's new payments start with: its own, else `default`; mostly without a query."""
    return default() if project.active_machine_id is None else _by_id(project.active_machine_id)


def default() -> Machine:
    """Return the machine of projects that chose none: `PAYMENT_MACHINE_FILE`'s, else ours. Raises MachineError."""
    return _of_file(settings.PAYMENT_MACHINE_FILE)[0] if settings.PAYMENT_MACHINE_FILE else newest()


def file_row() -> MachineDefinition | None:
    """Make the row, unsaved, of the machine in `PAYMENT_MACHINE_FILE`. Raises MachineError where it is no machine."""
    return _of_file(settings.PAYMENT_MACHINE_FILE)[1] if settings.PAYMENT_MACHINE_FILE else None


def machine(name: str, version: int) -> Machine:
    """Return the machine that a payment runs on. Raises `UnknownMachine`."""
    if MARK in name:
        return _installed(name, version)[0]
    try:
        return _built_in()[name, version][0]
    except KeyError:
        raise UnknownMachine(f"{name} version {version}") from None


def definition(name: str, version: int) -> dict[str, Any]:
    """Return a machine as data, in the Flow Manager's `machineDefinition` format. Raises `UnknownMachine`."""
    if MARK in name:
        return dict(_installed(name, version)[1])
    machine(name, version)
    return dict(_built_in()[name, version][1])


@cache
def _built_in() -> dict[tuple[str, int], tuple[Machine, dict[str, Any]]]:
    found = {}
    for file in sorted(_FOLDER.glob("*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        machine = load(data)
        found[machine.name, machine.version] = (machine, data)
    return found


@lru_cache(maxsize=256)
def _by_id(id: uuid.UUID) -> Machine:
    row = MachineDefinition.objects.only("name", "version").get(pk=id)
    return machine(row.name, row.version)


@lru_cache(maxsize=256)
def _installed(name: str, version: int) -> tuple[Machine, dict[str, Any]]:
    row = MachineDefinition.objects.filter(name=name, version=version).first()
    if row is None:
        row = file_row()
    if row is None or (row.name, row.version) != (name, version):
        raise UnknownMachine(f"{name} version {version}")
    try:
        return build(row.definition, name=name, version=version), row.definition
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # Checked when it was installed: somebody changed the row behind the hub's back.
        logger.error("an installed machine cannot be read", extra={"machine": name, "version": version})
        raise UnknownMachine(f"{name} version {version}") from error


@lru_cache(maxsize=4)
def _of_file(path: str) -> tuple[Machine, MachineDefinition]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise MachineError([f"file: {path} cannot be read ({error.strerror})"]) from None
    found = machine_file.read(content)
    checksum = machine_file.checksum(found)
    row = MachineDefinition(
        name=f"{found.get('name', 'file')}{MARK}{checksum[:12]}",
        version=found.get("version", 1),
        definition=found,
        checksum=checksum,
        installed_by="PAYMENT_MACHINE_FILE",
    )
    return build(found, name=row.name, version=row.version), row
