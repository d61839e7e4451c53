"""`manage.py relay`."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from payments.bus.publisher import Publisher
from payments.outbound.relay import Relay

_GRACE = 1.5  # seconds for the batch that is under way; what it leaves half done is handed out again


class Command(BaseCommand):
    """Run the relay until SIGTERM or SIGINT."""

    help = "Move what is due: events to callbacks, callbacks and notifications to the workers. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="Move what is due now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        stop = threading.Event()
        relay = Relay(stop=stop)
        if options["once"]:
            moved = 0
            while batch := relay.tick():
                moved += batch
            self.stdout.write(f"Moved: {moved}.")
            return

        def end_soon(number: int, frame: FrameType | None) -> None:
            stop.set()
            # A server that hangs may hold the batch for longer than anybody waits for a process to end.
            signal.signal(signal.SIGALRM, _end_now)
            signal.setitimer(signal.ITIMER_REAL, _GRACE)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end_soon)
        publisher = threading.Thread(target=Publisher(stop=stop).run, name="bus-publisher", daemon=True)
        if settings.EVENT_BUS_ENABLED:
            publisher.start()
        relay.run()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_now(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
