"""Gapless numbers: under a row lock, in the transaction that issues."""

import random
import threading

import pytest
from django.db import connection, transaction

from invoices import numbering
from invoices.models import NumberSeries
from tests.concurrency.race import errors_in, together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, EACH = 50, 10


class RolledBack(Exception):
    """What a test does to its own transaction."""


def issue_many(project, take, kept: list[int], seed: int):
    """A thread that issues EACH documents, about a third of which roll back after their number was taken."""
    chance = random.Random(seed)

    def run() -> None:
        for _ in range(EACH):
            try:
                with transaction.atomic():
                    number = take(project)
                    if chance.random() < 0.35:
                        raise RolledBack
            except RolledBack:
                continue
            kept.append(number)

    return run


def take_number(project) -> int:
    return numbering.take(project_id=project.id, mode="test", series="INV", year=2026)


def numbers_of(project, take) -> list[int]:
    kept: list[int] = []
    results = together(*(issue_many(project, take, kept, seed) for seed in range(THREADS)))
    assert errors_in(results) == []
    return sorted(kept)


def test_s44_fifty_threads_with_random_rollbacks_leave_no_gap_and_no_double(project):
    kept = numbers_of(project, take_number)

    assert kept == list(range(1, len(kept) + 1))
    assert 200 < len(kept) < THREADS * EACH
    assert NumberSeries.objects.get().last == len(kept)


def test_s44_control_without_the_lock_numbers_are_given_twice_or_left_out(project):
    with transaction.atomic():
        take_number(project)
    at_once = threading.Barrier(THREADS)

    def read_think_write(project) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT last FROM invoices_numberseries WHERE project_id = %s", [project.id])
            (last,) = cursor.fetchone()
        if threading.current_thread() not in seen:
            seen.add(threading.current_thread())
            at_once.wait(20)  # the first reads of all lie before the first writes
        with connection.cursor() as cursor:
            cursor.execute("UPDATE invoices_numberseries SET last = %s WHERE project_id = %s", [last + 1, project.id])
        return int(last) + 1

    seen: set[threading.Thread] = set()
    # The table's trigger would refuse what is shown here: with it, a double number is an error and no document.
    trigger("DISABLE")
    try:
        kept = numbers_of(project, read_think_write)
    finally:
        trigger("ENABLE")

    assert len(set(kept)) < len(kept)


def trigger(verb: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE invoices_numberseries {verb} TRIGGER count_by_one")


def test_s44_control_a_sequence_leaves_gaps(project):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE control_numbers")

    def take_from_sequence(project) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('control_numbers')")
            return int(cursor.fetchone()[0])

    try:
        kept = numbers_of(project, take_from_sequence)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP SEQUENCE control_numbers")
    assert kept != list(range(1, len(kept) + 1))


def test_a_rolled_back_number_is_given_again(project):
    for _ in range(2):
        with transaction.atomic():
            assert take_number(project) == 1
            transaction.set_rollback(True)
    with transaction.atomic():
        assert take_number(project) == 1


def test_each_series_year_and_mode_counts_by_itself(project):
    with transaction.atomic():
        taken = [
            numbering.take(project_id=project.id, mode=mode, series=series, year=year)
            for mode, series, year in [
                ("test", "A", 2026), ("test", "A", 2026), ("test", "B", 2026), ("test", "A", 2027), ("live", "A", 2026)
            ]
        ]  # fmt: skip
    assert taken == [1, 2, 1, 1, 1]


def test_outside_of_a_transaction_no_number_is_taken(project):
    with pytest.raises(RuntimeError):
        take_number(project)
    assert NumberSeries.objects.count() == 0
