"""Add up anew what the dashboard and `/analytics` tell."""

import datetime as dt
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.models import Project
from payments.services.rollups import rebuild


class Command(BaseCommand):
    """Add the payments up, project by project; safe while the hub works."""

    help = "Add up anew what the dashboard and /analytics tell: after payments were loaded in bulk. Safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to begin."""
        parser.add_argument("--since", default="", help="Only days from this one on: 2027-12-31 (UTC). Default: all.")

    def handle(self, *args: Any, since: str, **options: Any) -> None:
        """Do it."""
        first = None
        if since:
            try:
                first = dt.date.fromisoformat(since)
            except ValueError:
                raise CommandError("--since must be a day such as 2027-12-31 (UTC).") from None
        began, days = time.monotonic(), 0
        for project in Project.objects.select_related("principal").order_by("principal__name", "name"):
            added = rebuild(project.id, first)
            days += added
            if added:
                self.stdout.write(f"{project.principal.name} / {project.name}: {added} days added up")
        self.stdout.write(f"{days} days added up in {time.monotonic() - began:.1f} seconds.")
