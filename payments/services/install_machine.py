"""Install a machine for a project, and choose which one its new payments start with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from paymenthub.kernel import db
from paymenthub.kernel.errors import NotFound
from payments import locks
from payments.domain import machine_checks, machine_file
from payments.domain.machine import CHANNELS, Machine
from payments.domain.machine_loading import MachineError, load
from payments.models import AuditAction, AuditEntry, AuditOutcome, MachineDefinition, Project
from payments.saga import handlers
from payments.selectors import api_keys
from payments.selectors.machines import MARK

DEFAULT_NAME = "machine"


@dataclass(frozen=True, slots=True)
class Checked:
    """A machine that may be installed: its definition, what it is, and what its owner should know."""

    definition: Mapping[str, Any]
    machine: Machine
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, from where, and why."""

    actor: str
    reason: str
    address: str | None = None


def known_channels() -> Collection[str]:
    """Name the channels that work here without a machine declaring them."""
    return CHANNELS | handlers.names()


def known_handlers() -> Collection[str]:
    """Name the installed command handlers."""
    return handlers.names()


def check_machine(content: bytes, *, name: str = "", hub_channels: bool = False) -> Checked:
    """Read and check a file without installing it. Raises MachineError with every problem.

    With `hub_channels`, channels that it declares under the hub's own names are left out: the hub does their work.
    """
    definition = machine_file.read(content)
    if hub_channels:
        definition = machine_file.for_the_hub(definition, known=known_channels())
    name = name or str(definition.get("name", DEFAULT_NAME))
    machine = load({**definition, "name": name}, version=1, channels=known_channels(), handlers=known_handlers())
    problems = machine_checks.problems_for_payments(machine)
    if problems:
        raise MachineError(problems)
    return Checked(definition, machine, tuple(machine_checks.notices(machine)))


def install_machine(*, project: Project, checked: Checked, by: By) -> tuple[MachineDefinition, bool]:
    """Install a machine as the next version of its name and make it the project's; payments that run stay on theirs.

    A definition that says the same as the name's newest version is not installed again; the flag tells whether it was.
    """
    name = f"{checked.machine.name}{MARK}{project.id.hex[-12:]}"
    checksum = machine_file.checksum(checked.definition)
    with db.durable():
        project = locks.project(project.id)
        row = MachineDefinition.objects.filter(name=name, checksum=checksum).order_by("-version").first()
        last = MachineDefinition.objects.filter(name=name).aggregate(last=Max("version"))["last"] or 0
        is_new = row is None or row.version != last
        if row is None or is_new:
            row = MachineDefinition.objects.create(
                project=project,
                name=name,
                version=last + 1,
                definition=dict(checked.definition),
                checksum=checksum,
                installed_by=by.actor,
            )
        _choose(project, row, AuditAction.INSTALL_MACHINE, by)
    api_keys.forget()
    return row, is_new


def use_machine(*, project: Project, machine: MachineDefinition | None, by: By) -> None:
    """Let a project's new payments start with one of its installed machines, or (None) with the hub's default.

    Raises NotFound for a machine of another project.
    """
    if machine is not None and machine.project_id != project.id:
        raise NotFound("This project has no such machine.")
    with db.durable():
        _choose(locks.project(project.id), machine, AuditAction.USE_MACHINE, by)
    api_keys.forget()


def _choose(project: Project, row: MachineDefinition | None, action: AuditAction, by: By) -> None:
    before, after = _named(project.active_machine), _named(row)
    project.active_machine = row
    project.save(update_fields=["active_machine"])
    AuditEntry.objects.create(
        project=project,
        object_id=project.id,
        action=action,
        actor=by.actor,
        address=by.address,
        note=by.reason,
        outcome=AuditOutcome.OK,
        message=f"New payments of {project.name} start with {after}; those that run stay on theirs."[:500],
        details={"checksum": row.checksum} if row is not None else {},
        before={"machine": before},
        after={"machine": after},
    )


def _named(row: MachineDefinition | None) -> str:
    return "the hub's default machine" if row is None else str(row)
