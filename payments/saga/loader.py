"""Machines by name and version, for those who drive payments; `payments.selectors.machines` reads them."""

from django.db import transaction

from payments.domain.machine import Machine
from payments.models import MachineDefinition, Project
from payments.selectors import machines
from payments.selectors.machines import DEFAULT, UnknownMachine, machine, newest

__all__ = ["DEFAULT", "UnknownMachine", "for_new_payment", "machine", "newest"]

_kept: set[tuple[str, int]] = set()


def for_new_payment(project: Project) -> Machine:
    """Return the machine that a new payment of a project starts with, and see to it that it can be found later.

    The machine of `PAYMENT_MACHINE_FILE` is kept in the database with the first payment of a process: the file may change.
    """
    if project.active_machine_id is None:
        row = machines.file_row()
        if row is not None and (row.name, row.version) not in _kept:
            MachineDefinition.objects.bulk_create([_copy(row)], ignore_conflicts=True)
            transaction.on_commit(lambda: _kept.add((row.name, row.version)))
    return machines.active_for(project)


def _copy(row: MachineDefinition) -> MachineDefinition:
    return MachineDefinition(
        name=row.name,
        version=row.version,
        definition=row.definition,
        checksum=row.checksum,
        installed_by=row.installed_by,
    )
