"""`manage.py asyncapi`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.bus.asyncapi import document


class Command(BaseCommand):
    """Write docs/asyncapi.json, or say that it is stale."""

    help = "Write the AsyncAPI document of the event bus to docs/asyncapi.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="Write nothing; fail where the file is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        target = Path(settings.BASE_DIR) / "docs" / "asyncapi.json"
        made = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
        if not options["check"]:
            target.write_text(made, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != made:
            raise CommandError("docs/asyncapi.json is stale. Run: manage.py asyncapi")
