"""Begin a driver: a package that works against a made-up PSP, to be bent into the real one."""

import keyword
import re
from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers import registry
from providers.checks import RESERVED_PROVIDERS

_TEMPLATES = Path(__file__).resolve().parents[2] / "scaffold"
_CODE = re.compile(r"(?=.{1,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN_FOLDERS = frozenset({"contract", "live"})  # of tests/providers
_SETTINGS = "paymenthub/settings/hub.py"


class Command(BaseCommand):
    """Make the folders of a new provider's driver and of its tests."""

    help = "Make the folders of a new provider's driver and of its tests. No other file is touched."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the provider's code and name."""
        parser.add_argument("code", help="The path segment by which it is called, such as acme or acme-pay.")
        parser.add_argument("--display-name", default="", help="What people call it (default: made from the code).")

    def handle(self, *args: Any, code: str, display_name: str, **options: Any) -> None:
        """Write the files, and say what to do next."""
        name = display_name or code.replace("-", " ").title()
        _refuse_unusable(code, name)
        package = code.replace("-", "_")
        words = {
            "code": code,
            "package": package,
            "class_name": "".join(part.capitalize() for part in code.split("-")),
            "display_name": name,
        }
        root = Path(settings.BASE_DIR)
        folders = {"driver": root / "providers" / "drivers" / package, "tests": root / "tests" / "providers" / package}
        for folder in folders.values():
            if folder.exists():
                raise CommandError(f"{folder.relative_to(root)} exists. Choose another code, or remove the folder.")
        for kind, folder in folders.items():
            folder.mkdir(parents=True)
            for template in sorted((_TEMPLATES / kind).glob("*.py-tpl")):
                text = Template(template.read_text(encoding="utf-8")).substitute(words)
                (folder / template.with_suffix(".py").name).write_text(text, encoding="utf-8")
            self.stdout.write(f"Made {folder.relative_to(root)}/")
        driver = f"providers.drivers.{package}.{words['class_name']}Driver"
        self.stdout.write(f'\nAdd this line to PROVIDER_DRIVERS in {_SETTINGS}:\n    "{driver}",')
        self.stdout.write(
            "\nThen:\n"
            f"    .venv/bin/python -m pytest tests/providers/{package} tests/providers/contract -k {package}\n"
            "    make check\n"
            "    make capabilities\n"
            "\nIt speaks to a made-up PSP by now. docs/adding-a-provider.md tells how to make it the real one."
        )


def _refuse_unusable(code: str, name: str) -> None:
    if not _CODE.fullmatch(code):
        raise CommandError(
            f"{code!r} is no code: use 1 to 32 small letters, digits and single hyphens, a letter first."
        )
    if keyword.iskeyword(code) or code in _TAKEN_FOLDERS:
        raise CommandError(f"{code!r} cannot name a folder of Python code here. Choose another code.")
    if code in RESERVED_PROVIDERS:
        raise CommandError(f"{code!r} is the first segment of one of the hub's own paths. Choose another code.")
    if code in {driver.code for driver in registry.all_drivers()}:
        raise CommandError(f"There is a driver with the code {code!r} already. Choose another code.")
    if not name.isprintable() or any(mark in name for mark in "\"'\\{}$|`") or not 0 < len(name) <= 40:
        raise CommandError("--display-name must be 1 to 40 characters without quotes, braces, backslashes, $, | or `.")
