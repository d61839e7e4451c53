"""The core app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments."""

    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and who is told of every change to a payment."""
        from . import checks  # noqa: F401 - importing registers the checks
        from .saga import observers
        from .services import bus_events, order_watch

        # The order's intent first: its lock also guards the numbers of the messages to the bus.
        observers.observe(order_watch.observe_change)
        observers.observe(bus_events.observe_change)
