"""The loop that moves what is due: events to deliveries; deliveries, notifications, saga commands and mails to workers.

PostgreSQL holds the work; the broker only wakes workers. Any number of relays may run. When the broker is away, what is
due stays due; when it loses a message, the work is handed out again after `HANDED_OUT_SECONDS`. While the workers do not
keep up, what is due stays due as well: the same work in line again and again would only be in their way.
"""

import functools
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from celery import Celery
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import KombuError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from paymenthub.kernel import clock, db
from payments import locks
from payments.outbound._claims import (
    deliveries_out,
    messages_out,
    release_commands,
    release_deliveries,
    release_flow_commands,
    release_flow_events,
    release_mails,
    release_messages,
    release_order_intents,
)
from payments.outbound.publish import publish_due

logger = logging.getLogger(__name__)

Sender = Callable[[str, list[object]], None]

BATCH = 200
HANDED_OUT_SECONDS = 60.0
MOST_OUT = 500
"""Deliveries, and notifications, that may be handed out and not yet taken by a worker before no more of their kind are."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds between looks at a database or broker that is away
_REPEAT_WARNING = 30.0  # seconds


class BrokerAway(Exception):
    """Say that the broker took no message; `cause` names the error and holds no URL."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Relay:
    """One loop. Set `stop` to end it after the batch that it is at."""

    def __init__(self, *, stop: threading.Event | None = None, send: Sender | None = None) -> None:
        self.stop = stop or threading.Event()
        self._send = send or _send
        self._broker = _Trouble("The broker is away; what is due stays due.")
        self._database = _Trouble("The database is away.")

    def run(self) -> None:
        """Work until `stop` is set, sleeping RELAY_INTERVAL seconds whenever there is nothing to do."""
        logger.info("The relay runs.")
        while not self.stop.is_set():
            try:
                moved = self.tick()
                self._database.over()
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                self._database.met(error.__class__.__name__)
                self.stop.wait(self._database.pause)
                continue
            if not moved:
                self.stop.wait(settings.RELAY_INTERVAL)
        logger.info("The relay ends.")

    def tick(self) -> int:
        """Move one batch of everything; return how many things were moved."""
        moved = publish_due(BATCH)
        if self.stop.is_set() or not self._broker.worth_a_try():
            return moved
        try:
            moved += self._hand_out_deliveries() + self._hand_out_messages()
            moved += (
                self._hand_out_commands() + self._hand_out_flow() + self._hand_out_mails() + self._hand_out_orders()
            )
        except BrokerAway as error:
            self._broker.met(error.cause)
        else:
            self._broker.over()
        return moved

    def _hand_out_deliveries(self) -> int:
        now = clock.now()
        if deliveries_out(now=now, most=MOST_OUT) == MOST_OUT:
            return 0
        with db.durable():
            claimed = locks.due_deliveries(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id), tries] for row_id, tries in claimed}
        return self._hand_out("payments.deliver", jobs, now, release_deliveries)

    def _hand_out_messages(self) -> int:
        now = clock.now()
        if messages_out(now=now, most=MOST_OUT) == MOST_OUT:
            return 0
        with db.durable():
            claimed = locks.due_messages(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id)] for row_id in claimed}
        return self._hand_out("payments.process_inbox", jobs, now, release_messages)

    def _hand_out_mails(self) -> int:
        now = clock.now()
        with db.durable():
            claimed = locks.due_mails(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id), tries] for row_id, tries in claimed}
        return self._hand_out("payments.send_mail", jobs, now, release_mails)

    def _hand_out_commands(self) -> int:
        now = clock.now()
        with db.durable():
            claimed = locks.due_commands(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id), tries] for row_id, tries in claimed}
        return self._hand_out("payments.carry_out_command", jobs, now, release_commands)

    def _hand_out_flow(self) -> int:
        """Commands of an outside Flow Manager, then events for it."""
        now = clock.now()
        with db.durable():
            claimed = locks.due_flow_commands(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id), tries] for row_id, tries in claimed}
        moved = self._hand_out("payments.run_flow_command", jobs, now, release_flow_commands)
        with db.durable():
            claimed = locks.due_flow_events(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs = {row_id: [str(row_id), tries] for row_id, tries in claimed}
        return moved + self._hand_out("payments.tell_flow_manager", jobs, now, release_flow_events)

    def _hand_out_orders(self) -> int:
        now = clock.now()
        with db.durable():
            claimed = locks.due_order_intents(BATCH, now=now, lease_seconds=HANDED_OUT_SECONDS)
        jobs: dict[UUID, list[object]] = {row_id: [str(row_id)] for row_id in claimed}
        return self._hand_out("payments.order_work", jobs, now, release_order_intents)

    def _hand_out(self, task: str, jobs: dict[UUID, list[object]], now: datetime, release: Callable[..., None]) -> int:
        """Send one message for each job; what could not be sent is due again at once."""
        waiting = list(jobs)
        while waiting:
            try:
                self._send(task, jobs[waiting[0]])
            except BrokerAway:
                release(waiting, now=now, lease_seconds=HANDED_OUT_SECONDS)
                raise
            waiting.pop(0)
        return len(jobs)


class _Trouble:
    """Something that is away: how long to leave it alone, and when to say so again."""

    def __init__(self, text: str) -> None:
        self.pause = 0.0
        self._text = text
        self._try_at = 0.0
        self._say_at = 0.0

    def worth_a_try(self) -> bool:
        return clock.monotonic() >= self._try_at

    def met(self, cause: str) -> None:
        now = clock.monotonic()
        self.pause = min(self.pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE)
        self._try_at = now + self.pause
        if now >= self._say_at:
            logger.warning(self._text, extra={"cause": cause})
            self._say_at = now + _REPEAT_WARNING

    def over(self) -> None:
        if self.pause:
            logger.warning("It is back: %s", self._text)
        self.pause = self._try_at = self._say_at = 0.0


def _send(task: str, arguments: list[object]) -> None:
    try:
        _producer().send_task(task, args=arguments, retry=False, ignore_result=True)
    except (BrokerError, KombuError, RedisError, OSError) as error:
        raise BrokerAway(type(error).__name__) from error


@functools.cache
def _producer() -> Celery:
    """Make a Celery app that only sends: the tasks are known by their names, whoever runs them."""
    app = Celery("paymenthub-relay", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
