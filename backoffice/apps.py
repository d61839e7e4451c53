"""The backoffice app: the Django admin."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """Backoffice."""

    name = "backoffice"
    verbose_name = "Backoffice"
