"""What the hub runs on: database, broker, workers, beat, files, and which versions they are."""

import datetime as dt
import logging
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import django
import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from paymenthub.kernel import clock
from payments.models import PeriodicRun
from payments.tasks.schedule import periodic_tasks

from .check import Check, Group, Light, light_of, span

logger = logging.getLogger(__name__)

_SECONDS_FOR_WORKERS = 1.0
_QUEUE = "default"
_OFTEN = "payments.reconcile_due"
_T = TypeVar("_T")


def processes() -> Group:
    """Ask each once. Where the broker is away, what is asked through it is not waited for."""
    reachable = _asked(lambda broker: bool(broker.ping())) or False
    return Group(
        _("What it runs on"),
        (
            _database(),
            _broker(reachable=reachable),
            _workers(reachable=reachable),
            _queue(reachable=reachable),
            _beat(),
            *_files(),
        ),
    )


def versions() -> Group:
    """Name what is installed."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = str(cursor.fetchone()[0])
    named = {
        "PaymentHub": settings.HUB_VERSION,
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "PostgreSQL": postgres,
        "Redis": _broker_version() or _("not known"),
    }
    return Group(_("Versions"), tuple(Check(name, value, Light.GREEN) for name, value in named.items()), lit=False)


def _database() -> Check:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    took = (time.perf_counter() - begun) * 1000
    return Check(
        _("Database"),
        _("answers in %(took)d ms") % {"took": round(took)},
        light_of(took, amber=50, red=500),
        _("amber from 50 ms, red from 500 ms"),
        _("Look at the load of the database server and at long transactions."),
    )


def _broker(*, reachable: bool) -> Check:
    return Check(
        _("Broker and cache"),
        _("answers") if reachable else _("does not answer"),
        Light.GREEN if reachable else Light.RED,
        _("red where it does not answer within a second"),
        _(
            "Start it again (REDIS_URL). Payments are taken meanwhile; callbacks, mails and checks wait in the database."
        ),
    )


def _workers(*, reachable: bool) -> Check:
    name, step = _("Workers"), _("Start a worker: celery -A paymenthub worker. Nothing is lost meanwhile.")
    limit = _("red where none answers within a second")
    if not reachable:
        return Check(name, _("cannot be asked without the broker"), Light.GREY, limit, step)
    try:
        answers = current_app.control.broadcast("ping", reply=True, timeout=_SECONDS_FOR_WORKERS) or []
    except Exception as error:  # noqa: BLE001 - whatever the client raises, they cannot be asked
        logger.warning("the workers cannot be asked", extra={"cause": type(error).__name__})
        return Check(name, _("cannot be asked"), Light.GREY, limit, step)
    names = sorted(worker for answer in answers for worker in answer)
    value = ", ".join(names) if names else _("none answers")
    return Check(name, value, Light.GREEN if names else Light.RED, limit, step)


def _queue(*, reachable: bool) -> Check:
    name, step = _("Tasks in the queue"), _("Start more workers, or look why they are slow.")
    limit = _("amber from 200, red from 2000")
    length = _asked(lambda broker: int(broker.llen(_QUEUE))) if reachable else None
    if length is None:
        return Check(name, _("not known without the broker"), Light.GREY, limit, step)
    return Check(name, str(length), light_of(length, amber=200, red=2000), limit, step)


def _beat() -> Check:
    late = list(_late())
    limit = _("amber where a task is late by three of its intervals, red by ten")
    step = _("Start beat: celery -A paymenthub beat. Renewals, expiries and checks stand still without it.")
    if not late:
        return Check(_("Beat"), _("every periodic task has run"), Light.GREEN, limit)
    light = max(light for _name, _words, light in late)
    return Check(_("Beat"), "; ".join(f"{name}: {words}" for name, words, _light in late), light, limit, step)


def _late() -> Iterator[tuple[str, str, Light]]:
    now = clock.now()
    # What has not run yet counts from when beat was first seen: an hourly task of a new hub is not late.
    seen = PeriodicRun.objects.filter(task=_OFTEN).order_by("slot").values_list("slot", flat=True).first()
    for task, interval in periodic_tasks(settings):
        last = PeriodicRun.objects.filter(task=task).order_by("-slot").values_list("slot", flat=True).first()
        since = last or seen
        if since is None:
            yield task, _("never ran"), Light.RED
            continue
        behind = (now - since) / dt.timedelta(seconds=max(interval, 1.0))
        # A minute of grace: short intervals wait for a free worker.
        light = light_of(behind - 60 / max(interval, 1.0), amber=3, red=10)
        if light is not Light.GREEN:
            ago = span((now - since).total_seconds())
            yield task, _("last %(span)s ago") % {"span": ago} if last else _("never ran"), light


def _files() -> Iterator[Check]:
    if settings.INVOICE_STORAGE != "local":
        return
    folder = Path(settings.VAR_DIR)
    there = folder if folder.exists() else folder.parent
    usage = shutil.disk_usage(there)
    free = usage.free / usage.total * 100
    yield Check(
        _("Disk of the invoices' files"),
        _("%(free)d %% free") % {"free": int(free)},
        light_of(100 - free, amber=80, red=95),
        _("amber below 20 % free, red below 5 %"),
        _("Make room, or keep invoices in an object store (INVOICE_STORAGE=s3)."),
    )


def _broker_version() -> str:
    info = _asked(lambda broker: broker.info("server")) or {}
    return str(info.get("valkey_version") or info.get("redis_version", ""))


def _asked(ask: Callable[[Any], _T]) -> _T | None:
    """Ask the broker itself; None where it is away, or not set."""
    if not settings.REDIS_URL:
        return None
    try:
        with closing(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)) as broker:
            return ask(broker)
    except redis.RedisError as error:
        logger.warning("the broker cannot be asked", extra={"cause": type(error).__name__})
        return None
