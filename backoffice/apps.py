"""The backoffice app: the Django admin, and the people who use it."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class BackofficeConfig(AppConfig):
    """Backoffice."""

    name = "backoffice"
    verbose_name = "Backoffice"

    def ready(self) -> None:
        """Bring the roles up to date after each `migrate`, and let models be called in the language of the page."""
        # Models are importable once the apps are ready only.
        from .field_names import translate_names

        translate_names()
        post_migrate.connect(_bring_roles_up_to_date, sender=self, dispatch_uid="backoffice.roles")


def _bring_roles_up_to_date(sender: AppConfig, using: str, verbosity: int = 1, **more: Any) -> None:
    # Models are importable once the apps are ready only.
    from .models import InstalledRole
    from .services.sync_roles import sync_roles

    if "plan" not in more:
        return  # a flush of the tests, not a migration
    if InstalledRole._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before there were roles
    for told in sync_roles():
        if verbosity:
            print(f"  Role {told}")  # noqa: T201 - beside what `migrate` prints
