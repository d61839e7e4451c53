"""Install a payment machine for a project."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.domain.machine_loading import MachineError
from payments.selectors.merchants import project_named
from payments.services.install_machine import By, check_machine, install_machine, use_machine


class Command(BaseCommand):
    """Check a machine's file, install it as a project's next version, or go back to the default."""

    help = "Check a machine's file and install it for a project: its new payments start with it, others stay on theirs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the project and what is to be done."""
        parser.add_argument("file", nargs="?", default="", help="A machine, or a Flow Manager configuration, in JSON.")
        parser.add_argument("--project", default="", help="The project's name, or principal/name.")
        parser.add_argument("--name", default="", help="What the machine is called; default: its own name.")
        parser.add_argument("--check", action="store_true", help="Only check the file.")
        parser.add_argument(
            "--hub-channels",
            action="store_true",
            help="Leave out channels that the file declares under the hub's own names (pay, refund, notify, …), "
            "so that the hub does their work itself.",
        )
        parser.add_argument(
            "--default",
            action="store_true",
            help="Install nothing: let the project start with the hub's default again.",
        )
        parser.add_argument("--by", default="command line", help="Who does it; goes into the audit trail.")
        parser.add_argument("--reason", default="", help="Why; goes into the audit trail.")

    def handle(self, *args: Any, file: str, project: str, check: bool, **options: Any) -> None:
        """Do it."""
        by = By(actor=options["by"][:128], reason=options["reason"][:500])
        try:
            if options["default"]:
                self._use_default(project, file, by)
                return
            if not file or not (check or project):
                raise CommandError("Name the file, and --project (or --check): install_machine --project SHOP FILE")
            checked = check_machine(_content(file), name=options["name"], hub_channels=options["hub_channels"])
            for notice in checked.notices:
                self.stdout.write(f"Notice: {notice}")
            if check:
                states = len(checked.machine.states)
                self.stdout.write(f"{file} can be installed: {checked.machine.name}, {states} states.")
                return
            row, is_new = install_machine(project=project_named(project), checked=checked, by=by)
        except MachineError as error:
            listed = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"{file} was not installed; correct it and run this again:\n{listed}") from None
        except HubError as error:
            raise CommandError(error.message) from None
        done = "Installed" if is_new else "Was installed already"
        self.stdout.write(f"{done}: {row}. New payments of {row.project} start with it; those that run stay on theirs.")

    def _use_default(self, project: str, file: str, by: By) -> None:
        if file or not project:
            raise CommandError("--default takes --project and no file.")
        use_machine(project=project_named(project), machine=None, by=by)
        self.stdout.write(f"New payments of {project} start with the hub's default machine.")


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}); name a machine's file.") from None
