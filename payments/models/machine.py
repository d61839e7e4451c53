"""Machines that were installed: never changed, since running payments stay on theirs."""

from django.db import models

from ._base import Row
from .merchant import Project


class MachineDefinition(Row):
    """One version of a machine. `name` and `version` are what a payment keeps, and no other machine has both.

    The name ends in `@` and a mark: of the project it belongs to, or of the content where it came from
    `PAYMENT_MACHINE_FILE` (then it has no project). A project uses the one that its `active_machine` names.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="machines")
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    definition = models.JSONField(help_text="The machine in the Flow Manager's machineDefinition format.")
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the definition.")
    installed_by = models.CharField(max_length=128)

    class Meta:
        verbose_name = "machine"
        permissions = [("install_machine", "Can install a machine and choose a project's")]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="machine_version_once")]

    def __str__(self) -> str:
        return f"{self.name} version {self.version}"
