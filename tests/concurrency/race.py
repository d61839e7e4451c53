"""Run functions at the same moment, each in a thread with a database connection of its own."""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from payments import locks
from payments.models import Payment
from payments.verdicts import apply

WAIT = 20.0


def together(*functions: Callable[[], Any]) -> list[Any]:
    """Start all behind one barrier; return each one's result, or the exception that it raised."""
    barrier = threading.Barrier(len(functions))
    results: list[Any] = [None] * len(functions)

    def run(index: int, function: Callable[[], Any]) -> None:
        try:
            barrier.wait(WAIT)
            results[index] = function()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT * 2)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return results


def errors_in(results: Sequence[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def lock_taken_away(monkeypatch: Any, *, readers: int, after: int = 0) -> None:
    """Replace the payment's row lock by a plain read: the `readers` calls that come after the first `after` ones all
    read before any of them goes on."""
    real, meet = locks.payment, _meeting(readers, after)

    def unlocked(payment_id: Any) -> Payment:
        row = Payment.objects.get(pk=payment_id)
        return row if meet() else real(payment_id)

    monkeypatch.setattr(locks, "payment", unlocked)


def all_judge_at_once(monkeypatch: Any, *, readers: int, after: int = 0) -> None:
    """Make verdicts wait, after payment and attempt were read and before anything is decided, until all have read."""
    real, meet = apply.asked_by, _meeting(readers, after)

    def judged(attempt: Any, payment: Any) -> Any:
        asked = real(attempt, payment)
        meet()
        return asked

    monkeypatch.setattr(apply, "asked_by", judged)


def _meeting(readers: int, after: int) -> Callable[[], bool]:
    """Make a function that lets the first `after` calls pass (False), and lets the next `readers` pass together (True)."""
    barrier, calls = threading.Barrier(readers), itertools.count()

    def meet() -> bool:
        number = next(calls)
        if after <= number < after + readers:
            barrier.wait(WAIT)
        return number >= after

    return meet
