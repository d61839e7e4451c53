"""Periodic runs take a row each, so that two beats do no harm."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import ParamSpec

from django.db import IntegrityError

from paymenthub.kernel import clock, db
from payments.models import PeriodicRun

P = ParamSpec("P")
_KEPT = dt.timedelta(days=2)


def take_slot(task: str, seconds: float) -> bool:
    """Take the current time slot of a task; False when it is taken already."""
    now = clock.now()
    slot = dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, dt.UTC)
    try:
        with db.durable():
            PeriodicRun.objects.create(task=task, slot=slot)
    except IntegrityError:
        return False
    PeriodicRun.objects.filter(task=task, slot__lt=now - _KEPT).delete()
    return True


def once_per_slot(task: str, seconds: Callable[[], float]) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Run the decorated task at most once in each slot of so many seconds, however many beats send it."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            # A beat may be early by a moment; the slot before was then this run's own.
            if take_slot(task, max(seconds(), 1.0)):
                function(*args, **kwargs)

        return run

    return decorate
