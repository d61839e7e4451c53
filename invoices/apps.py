"""The invoices app: numbers, documents and their files."""

from django.apps import AppConfig
from django.core.checks import register

from .pdf.checks import pdf_libraries_are_there


class InvoicesConfig(AppConfig):
    """Invoices."""

    name = "invoices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and listen to what happens to payments."""
        from payments import outbox
        from payments.notifications import attachments
        from payments.services import erase_buyer

        from . import attachment, erasing, subscriber

        outbox.subscribe(subscriber.note)
        attachments.register(attachment.offer)
        erase_buyer.register(erasing.keep_issued)
        register(pdf_libraries_are_there)
