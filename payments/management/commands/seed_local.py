"""Fill a local installation with a demo project, as often as one likes."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.crypto import hash_secret
from payments.models import ApiKey, Mode, Principal, Project, ProviderAccount, Scope
from payments.outbound.secrets import open_secrets, seal_secrets
from payments.outbound.sign import new_secret
from payments.services import merchants
from payments.services.provider_accounts import replace_config

PRINCIPAL, PROJECT, ADMIN = "Demo Company", "demo-shop", "admin"


class Command(BaseCommand):
    """Make the demo project, its key, its account at the sandbox PSP and a backoffice user; write what opens them."""

    help = "Make the demo project, its key, its account at the sandbox PSP and a backoffice user. For local use only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file for the results."""
        parser.add_argument(
            "--demo-json", type=Path, required=True, help="Where addresses and credentials are written."
        )

    def handle(self, *args: Any, demo_json: Path, **options: Any) -> None:
        """Make what is missing, and write the file (mode 0600)."""
        if settings.HUB_ENVIRONMENT == "production":
            raise CommandError("This makes well-known users and keys: it is not for production. Use create_project.")
        known = json.loads(demo_json.read_text(encoding="utf-8")) if demo_json.exists() else {}
        project = _project()
        base = settings.HUB_PUBLIC_URL
        values = {
            "baseUrl": base,
            "apiKey": _api_key(project, known.get("apiKey", "")),
            "webhookSecret": open_secrets(project)[0],
            "project": f"{PRINCIPAL}/{PROJECT}",
            "sandboxPspUrl": _sandbox_account(project),
            "adminUrl": f"{base}/admin/",
            "adminUser": ADMIN,
            "adminPassword": _admin(known.get("adminPassword", "")),
            "metricsUrl": f"{base}/-/metrics",
        }
        _write_private(demo_json, json.dumps(values, indent=2) + "\n")
        self.stdout.write(f"The demo project is ready; {demo_json} says how to use it.")


def _project() -> Project:
    found = Project.objects.filter(principal__name=PRINCIPAL, name=PROJECT).first()
    if found is not None:
        return found
    principal = Principal.objects.filter(name=PRINCIPAL).first() or merchants.create_principal(name=PRINCIPAL)
    return merchants.create_project(
        principal=principal, name=PROJECT, seal=lambda project: seal_secrets(project, [new_secret()])
    )


def _api_key(project: Project, known: str) -> str:
    """Keep the key that the file holds; make one where it holds none that works."""
    if known and ApiKey.objects.filter(project=project, secret_hash=hash_secret(known), revoked_at=None).exists():
        return known
    scopes = [Scope.PAYMENTS, Scope.READ]
    return merchants.create_api_key(project=project, mode=Mode.TEST, scopes=scopes, name="demo").secret


def _sandbox_account(project: Project) -> str:
    """Make or mend the account at the sandbox PSP from SANDBOX_PSP_*; return the PSP's address."""
    try:
        config = {
            "base_url": os.environ["SANDBOX_PSP_URL"],
            "api_key": os.environ["SANDBOX_PSP_API_KEY"],
            "webhook_secret": os.environ["SANDBOX_PSP_WEBHOOK_SECRET"],
        }
    except KeyError as error:
        raise CommandError(
            f"{error.args[0]} is not set. Run this through `make up`, which starts the sandbox."
        ) from None
    external_id = os.environ.get("SANDBOX_PSP_ACCOUNT", "")
    account = ProviderAccount.objects.filter(project=project, mode=Mode.TEST, provider="sandbox").first()
    if account is None:
        merchants.create_provider_account(
            project=project, provider="sandbox", mode=Mode.TEST, name="sandbox", config=config, external_id=external_id
        )
    else:
        replace_config(account=account, config=config)
    return config["base_url"]


def _admin(known: str) -> str:
    """Keep the password that the file holds; give a new one where it does not open the door."""
    users = get_user_model()
    user = users.objects.filter(username=ADMIN).first() or users.objects.create_superuser(ADMIN)
    if known and user.check_password(known):
        return known
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save()
    return password


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
