"""`manage.py bus_dead_letters list|replay`."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from paymenthub.kernel.errors import HubError
from payments.bus.dead_letters import NotReplayable, replay
from payments.bus.envelope import Unreadable
from payments.bus.intake import Refused
from payments.models import BusDeadLetter


class Command(BaseCommand):
    """Show what could not be taken from the event bus, and take it again."""

    help = "List messages from the event bus that could not be taken, or take one again once its cause is mended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("action", choices=("list", "replay"))
        parser.add_argument("ids", nargs="*", help="Ids from the list; `all` for every one.")
        parser.add_argument("--limit", type=int, default=50, help="At most so many (default 50).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        waiting = BusDeadLetter.objects.filter(replayed_at=None).order_by("id")
        if options["action"] == "list":
            rows = list(waiting[: options["limit"]])
            for row in rows:
                body = "" if row.body_sealed else "  (body not kept)"
                self.stdout.write(
                    f"{row.id}  {row.created_at:%Y-%m-%d %H:%M:%S}  {row.type or '?'}  {row.reason}{body}"
                )
            self.stdout.write(f"{len(rows)} shown of {waiting.count()} waiting.")
            return
        if not options["ids"]:
            raise CommandError("Name the ids that `bus_dead_letters list` shows, or `all`.")
        everything = options["ids"] == ["all"]
        wanted = list(waiting.values_list("id", flat=True)[: options["limit"]]) if everything else _ids(options["ids"])
        failed = sum(not self._one(letter_id) for letter_id in wanted)
        if failed:
            raise CommandError(f"{failed} of {len(wanted)} stay dead letters.")

    def _one(self, letter_id: uuid.UUID) -> bool:
        try:
            self.stdout.write(f"{letter_id}  {replay(letter_id)}")
        except BusDeadLetter.DoesNotExist:
            self.stdout.write(f"{letter_id}  There is no such dead letter.")
        except (NotReplayable, Unreadable, Refused, HubError) as error:
            self.stdout.write(f"{letter_id}  {error}")
        else:
            return True
        return False


def _ids(texts: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in texts]
    except ValueError:
        raise CommandError("An id looks like 0197a2c4-d5e6-7f80-91a2-b3c4d5e6f70a.") from None
