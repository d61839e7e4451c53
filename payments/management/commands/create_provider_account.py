"""Make a provider account of a project."""

import json
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.models import Mode
from payments.selectors.merchants import project_named
from payments.services.merchants import create_provider_account, driver_of, webhook_url


class Command(BaseCommand):
    """Make a provider account: a project's credentials at a provider, kept encrypted."""

    help = (
        "Make a provider account: a project's credentials at a provider, kept encrypted. Secrets come from a file, from the "
        "environment or from the terminal, since other people on this machine can read command lines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the project, the provider and the settings."""
        parser.add_argument("project", help="The project's name, or principal/name.")
        parser.add_argument("provider", help="The provider's code, such as sandbox.")
        parser.add_argument("--mode", choices=Mode.values, required=True)
        parser.add_argument("--name", default="main", help="Unique for project, mode and provider.")
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="A setting that is no secret."
        )
        parser.add_argument(
            "--set-from-env", action="append", default=[], metavar="KEY=VARIABLE", help="A setting from a variable."
        )
        parser.add_argument(
            "--config-file", type=Path, help="A JSON object with settings; keep it readable by you only."
        )
        parser.add_argument(
            "--method", action="append", default=[], help="A payment method; default: all of the driver's."
        )
        parser.add_argument("--external-id", default="", help="The account's own id at the provider.")
        default = parser.add_mutually_exclusive_group()
        default.add_argument("--default", dest="is_default", action="store_const", const=True, default=None)
        default.add_argument("--no-default", dest="is_default", action="store_const", const=False)

    def handle(self, *args: Any, project: str, provider: str, mode: str, name: str, **options: Any) -> None:
        """Make it."""
        try:
            owner = project_named(project)
            account = create_provider_account(
                project=owner,
                provider=provider,
                mode=mode,
                name=name,
                config=_gather(provider, options),
                methods=options["method"],
                external_id=options["external_id"],
                is_default=options["is_default"],
            )
        except HubError as error:
            raise CommandError(error.message) from None
        role = "default account" if account.is_default else "account"
        self.stdout.write(f"Made the {mode} {role} {account.name!r} at {provider}: {', '.join(account.methods)}.")
        self.stdout.write(f"Webhook URL for the provider's dashboard: {webhook_url(account)}")


def _gather(provider: str, options: dict[str, Any]) -> dict[str, str]:
    fields = {field.name: field for field in driver_of(provider).config_fields}
    config = _file(options["config_file"]) if options["config_file"] else {}
    for name, value in (_pair(text, "--set") for text in options["set"]):
        if name in fields and fields[name].secret:
            raise CommandError(
                f"{name} is a secret: use --set-from-env {name}=VARIABLE, --config-file, or leave it out."
            )
        config[name] = value
    for name, variable in (_pair(text, "--set-from-env") for text in options["set_from_env"]):
        if variable not in os.environ:
            raise CommandError(f"--set-from-env {name}={variable}: the variable {variable} is not set.")
        config[name] = os.environ[variable]
    for field in fields.values():
        if field.secret and field.required and not config.get(field.name) and not field.default and sys.stdin.isatty():
            config[field.name] = getpass(f"{field.name} ({field.help}): ")
    return config


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"{option} takes NAME=VALUE, not {name!r}.")
    return name, value


def _file(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise CommandError(f"--config-file {path}: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"--config-file {path} is not JSON.") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise CommandError(f"--config-file {path} must hold one JSON object of texts.")
    return found
