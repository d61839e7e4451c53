"""The invoices app: numbers, documents and their files."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """Invoices."""

    name = "invoices"
    default_auto_field = "django.db.models.BigAutoField"
