"""`manage.py bus_consumer`."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.bus.connection import connect
from payments.bus.consumer import Consumer


class Command(BaseCommand):
    """Take messages from the event bus until SIGTERM or SIGINT."""

    help = "Take commands and the order system's events from the event bus. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="Take what is there now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        if not settings.EVENT_BUS_ENABLED:
            raise CommandError(
                "The event bus is off. Set EVENT_BUS_ENABLED=true for this process, the relay and the web."
            )
        if not settings.EVENT_BUS_URL:
            raise CommandError("There is no broker. Set EVENT_BUS_URL or REDIS_URL.")
        consumer = Consumer()
        if options["once"]:
            with connect() as bus:
                self.stdout.write(f"Taken: {consumer.drain_once(bus)}.")
            return
        _end_with_signals(consumer.stop)
        consumer.run()


def _end_with_signals(stop: threading.Event) -> None:
    def end_soon(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end_soon)
