"""Fill a database with payments that never happened."""

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel import clock
from payments.management.demo_data.fill import Wish, add_up, fill
from payments.management.demo_data.words import PRINCIPAL, SHOPS
from payments.models import PaymentLink, Principal

_MOST = 20_000_000
_WIDTH = 24
_LINE_EVERY = 10.0
"""Seconds between lines where nobody watches a terminal."""


class Command(BaseCommand):
    """Make demo data; nothing of it is due, so a running hub stays quiet."""

    help = "Fill the database with demo payments of two years: for trying the backoffice, and for measuring. Never in production."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how much, and which."""
        parser.add_argument("--payments", type=int, default=2_000, help="How many payments; 2000 by default.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same payments; 1 by default.")
        parser.add_argument(
            "--until", default="", help="The day after the last one, 2027-12-31; today (UTC) by default."
        )
        parser.add_argument("--add", action="store_true", help="Add to the demo data that are here already.")

    def handle(self, *args: Any, payments: int, seed: int, until: str, add: bool, **options: Any) -> None:
        """Make them, and say how it goes."""
        if settings.HUB_ENVIRONMENT == "production":
            raise CommandError("This makes thousands of payments that never happened: it is not for production.")
        if not 1 <= payments <= _MOST:
            raise CommandError(f"--payments takes 1 to {_MOST:,}.")
        here = Principal.objects.filter(name=PRINCIPAL).first()
        if here is not None and not add:
            raise CommandError(
                "There are demo data in this database. Give --add to make more of them, or use another one."
            )
        wish = Wish(payments, seed, _day(until), _runs(here) + 1)
        bar = _Bar(self, payments)
        rows = fill(wish, bar.told)
        bar.end(rows)
        began = time.monotonic()
        days = add_up(lambda name, days: self.stderr.write(f"{name}: {days:,} days added up"))
        self.stdout.write(
            f"{days:,} days added up for the dashboard in {time.monotonic() - began:,.0f} s. "
            "Nothing of it is due: workers leave it alone. `ledger_proof` compares it."
        )


def _day(until: str) -> dt.date:
    if not until:
        return clock.now().date()
    try:
        day = dt.date.fromisoformat(until)
    except ValueError:
        raise CommandError("--until takes a day such as 2027-12-31.") from None
    if day > clock.now().date():
        raise CommandError("--until: demo payments lie in the past; give today (UTC) or a day before it.")
    return day


def _runs(principal: Principal | None) -> int:
    """Count the runs that are in this database: their numbers stand in the ids of their links."""
    if principal is None:
        return 0
    return PaymentLink.objects.filter(
        project__principal=principal,
        shop_transaction_id__regex=r"^link-[0-9]+-1$",
        project__name=SHOPS[0].name,
        mode="live",
    ).count()


class _Bar:
    """How far it is, how fast, and how long it will take."""

    def __init__(self, command: BaseCommand, payments: int) -> None:
        self._command, self._payments = command, payments
        self._live = command.stderr.isatty()
        self._began = self._last = time.monotonic()

    def told(self, made: int, rows: int) -> None:
        now = time.monotonic()
        if not self._live and now - self._last < _LINE_EVERY:
            return
        self._last = now
        rate = made / (now - self._began)
        left = round((self._payments - made) / rate)
        filled = _WIDTH * made // self._payments
        line = (
            f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {made / self._payments:4.0%}  {made:,} of {self._payments:,} payments"
            f"  {rate:,.0f}/s  {rows:,} rows  {left // 60}:{left % 60:02d} left"
        )
        self._command.stderr.write(f"\r{line}  " if self._live else line, ending="" if self._live else "\n")

    def end(self, rows: int) -> None:
        took = time.monotonic() - self._began
        if self._live:
            self._command.stderr.write("")
        self._command.stdout.write(
            f"{self._payments:,} payments, {rows:,} rows in {took:,.0f} s ({self._payments / took:,.0f} payments/s)."
        )
