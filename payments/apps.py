"""The core app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments."""

    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and who is told of changes."""
        from . import checks  # noqa: F401 - importing registers the checks
        from .flow_manager.events import tell_flow_manager
        from .saga.observers import observe

        observe(tell_flow_manager)
