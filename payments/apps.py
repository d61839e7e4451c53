"""The core app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments."""

    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and load the command handlers that other packages bring along."""
        from . import checks  # noqa: F401 - importing registers the checks
        from .notifications import notify
        from .saga import handlers

        handlers.register("notify", notify.handle)
        handlers.load_installed()
