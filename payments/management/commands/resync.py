"""Ask the PSPs what happened since a moment, after a database was restored from a backup."""

import functools
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.attempts.listing import CannotList, can_list
from payments.inbox.resync import Resynced, resync
from payments.models import ProviderAccount
from payments.selectors.merchants import project_named

from ._times import time_of

_ROW = "{:<44} {:>8} {:>9} {:>8} {:>8} {:>10} {:>10}"
_HEAD = ("account", "events", "payments", "changed", "unknown", "not asked", "unreadable")


class Command(BaseCommand):
    """Bring the hub to what the PSPs say; nothing is done twice by running it twice."""

    help = (
        "Ask every provider account what happened since a moment, and bring the hub's payments to it: after a restore from "
        "a backup, before the order system is let in again. What the hub does not know becomes an operator item."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the moment, and which accounts."""
        parser.add_argument(
            "--since", required=True, help="When the backup was taken, or earlier: 2027-12-31T08:00 (UTC)."
        )
        parser.add_argument("--project", default="", help="Only this project's accounts: its name, or principal/name.")
        parser.add_argument("--provider", default="", help="Only accounts at this provider.")
        parser.add_argument("--dry-run", action="store_true", help="Only tell what is not known here; change nothing.")

    def handle(self, *args: Any, since: str, project: str, provider: str, dry_run: bool, **options: Any) -> None:
        """Go from account to account; one that cannot be asked does not stop the others."""
        moment = time_of("--since", since)
        accounts = ProviderAccount.objects.select_related("project").order_by(
            "project__name", "provider", "mode", "name"
        )
        if project:
            accounts = accounts.filter(project=project_named(project))
        if provider:
            accounts = accounts.filter(provider=provider)
        trouble, unknown = [], 0
        self.stdout.write(_ROW.format(*_HEAD))
        for account in accounts:
            name = f"{account.project.name}/{account}"
            if not can_list(account):
                trouble.append(f"{name}: this provider does not list what happened; compare by hand")
                continue
            try:
                done = resync(account, moment, dry_run=dry_run, progress=functools.partial(self._tell, name))
            except CannotList as error:
                trouble.append(f"{name}: {error}; run this again")
                continue
            unknown += len(done.unknown)
            self.stdout.write(_line(name, done))
            for known_there in sorted(done.unknown):
                self.stdout.write(f"  not known here: {known_there}")
            if done.not_asked:
                trouble.append(f"{name}: {len(done.not_asked)} payments could not be asked about; run this again")
            if done.unreadable:
                trouble.append(f"{name}: events that cannot be read: {', '.join(done.unreadable[:20])}")
        if unknown and not dry_run:
            self.stdout.write(
                f"{unknown} are operator items now (unknown_here): settle them before the order system is let in."
            )
        if trouble:
            raise CommandError("Not all could be brought up to date:\n" + "\n".join(trouble))

    def _tell(self, name: str, so_far: Resynced) -> None:
        self.stderr.write(f"{name}: {so_far.events} events read", self.style.NOTICE)


def _line(name: str, done: Resynced) -> str:
    numbers = (done.events, len(done.payments), done.changed, len(done.unknown), len(done.not_asked))
    return _ROW.format(name[:44], *numbers, len(done.unreadable))
