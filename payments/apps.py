"""The core app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments."""

    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, who is told of changes, and the command handlers that other packages bring along."""
        from . import (
            checks,  # noqa: F401 - importing registers the checks
            outbox,
        )
        from .flow_manager import told_of_mails
        from .flow_manager.events import tell_flow_manager
        from .notifications import answers, notify, subscription_news
        from .notifications.erasing import erase_mails
        from .saga import handlers
        from .saga.observers import observe
        from .services import bus_events, card_testing, erase_buyer, order_watch, rollups
        from .services.subscriptions import follow

        # The order's intent first: its lock also guards the numbers of the messages to the bus.
        observe(order_watch.observe_change)
        observe(bus_events.observe_change)
        observe(tell_flow_manager)
        observe(follow.observe_change)
        outbox.subscribe(subscription_news.note)
        observe(card_testing.observe_change)
        observe(rollups.observe_change)
        handlers.register("notify", notify.handle)
        answers.register_flow_manager(told_of_mails.tell)
        erase_buyer.register(erase_mails)
        handlers.load_installed()
