"""The invoices app: numbers, documents and their files."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """Invoices."""

    name = "invoices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what happens to payments."""
        from payments import outbox
        from payments.services import erase_buyer

        from . import erasing, subscriber

        outbox.subscribe(subscriber.note)
        erase_buyer.register(erasing.keep_issued)
