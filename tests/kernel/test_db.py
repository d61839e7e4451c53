import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from paymenthub.kernel import db


class Postgres(Exception):
    def __init__(self, sqlstate):
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failing(sqlstate, times, kind=OperationalError):
    """Return a function that fails that often and then returns how often it was called."""
    calls = []

    def function():
        calls.append(1)
        if len(calls) <= times:
            raise kind("no") from Postgres(sqlstate)
        return len(calls)

    function.calls = calls
    return function


def select(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()[0]


def test_without_settings_nobody_is_in_a_transaction(monkeypatch):
    class Unconfigured:
        configured = False

    monkeypatch.setattr(db, "settings", Unconfigured())
    monkeypatch.setattr(db, "connections", None)
    assert not db.in_transaction()


@pytest.mark.django_db
def test_the_wrapper_of_a_test_case_does_not_count_as_a_transaction():
    assert connection.in_atomic_block
    assert not db.in_transaction()
    with transaction.atomic():
        assert db.in_transaction()
    assert not db.in_transaction()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_seen_however_it_was_opened():
    assert not db.in_transaction()
    with transaction.atomic(), transaction.atomic():
        assert db.in_transaction()
    with db.durable():
        assert db.in_transaction()
    transaction.set_autocommit(False)
    try:
        assert db.in_transaction()
    finally:
        transaction.set_autocommit(True)
    assert not db.in_transaction()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_another_thread_is_not_ours():
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        assert not pool.submit(db.in_transaction).result()


@pytest.mark.django_db(transaction=True)
def test_pooled_connection_is_given_back_outside_of_a_transaction(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"min_size": 1, "max_size": 1})
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    try:
        select("SELECT 1")
        db.release_connection()
        assert connection.connection is None
        assert select("SELECT 2") == 2
    finally:
        connection.close()
        connection.close_pool()


@pytest.mark.django_db(transaction=True)
def test_a_threads_own_connection_is_kept():
    select("SELECT 1")
    kept = connection.connection
    db.release_connection()
    assert connection.connection is kept


@pytest.mark.django_db
def test_connection_is_kept_inside_the_wrapper_of_a_test_case():
    select("SELECT 1")
    kept = connection.connection
    db.release_connection()
    assert connection.connection is kept
    assert select("SELECT 2") == 2


@pytest.mark.django_db(transaction=True)
def test_durable_cannot_be_nested():
    with transaction.atomic(), pytest.raises(RuntimeError):
        db.durable().__enter__()


@pytest.mark.django_db(transaction=True)
def test_lock_timeout_holds_until_the_transaction_ends():
    before = select("SHOW lock_timeout")
    with transaction.atomic():
        db.set_lock_timeout(1234)
        assert select("SHOW lock_timeout") == "1234ms"
    assert select("SHOW lock_timeout") == before


@pytest.mark.django_db(transaction=True)
def test_lock_timeout_needs_a_transaction():
    with pytest.raises(RuntimeError, match="none is open"):
        db.set_lock_timeout(1234)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.django_db(transaction=True)
def test_deadlock_and_serialization_failure_are_run_again_with_growing_pauses(sqlstate):
    pauses = []
    assert db.retry_serialization(failing(sqlstate, times=4), sleep=pauses.append) == 5
    assert len(pauses) == 4
    for attempt, pause in enumerate(pauses, start=1):
        assert 0.005 * 2**attempt <= pause <= 0.02 * 2**attempt


@pytest.mark.django_db(transaction=True)
def test_the_last_failure_is_raised_as_it_is():
    function = failing("40001", times=9)
    with pytest.raises(OperationalError):
        db.retry_serialization(function, attempts=3, sleep=lambda seconds: None)
    assert len(function.calls) == 3


@pytest.mark.parametrize("sqlstate", ["55P03", "23505", "57P01", None])
@pytest.mark.django_db(transaction=True)
def test_other_failures_are_not_run_again(sqlstate):
    function = failing(sqlstate, times=1, kind=DatabaseError)
    with pytest.raises(DatabaseError):
        db.retry_serialization(function)
    assert len(function.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_part_of_a_transaction_is_never_run_again():
    function = failing("40001", times=0)
    with transaction.atomic(), pytest.raises(RuntimeError, match="whole transaction"):
        db.retry_serialization(function)
    assert function.calls == []


@pytest.mark.django_db(transaction=True)
def test_two_who_lock_each_other_out_both_finish():
    meet = threading.Barrier(2, timeout=20)
    runs = []

    def work(first, second):
        def body():
            runs.append(1)
            with db.durable():
                select("SELECT pg_advisory_xact_lock(%s)", first)
                if len(runs) <= 2:
                    meet.wait()
                select("SELECT pg_advisory_xact_lock(%s)", second)
            return "done"

        try:
            return db.retry_serialization(body)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(work, 71, 72), pool.submit(work, 72, 71)]
        assert [one.result(30) for one in both] == ["done", "done"]
    assert len(runs) == 3


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_not_had_in_time_is_not_asked_for_again():
    runs = []

    def body():
        runs.append(1)
        with db.durable():
            db.set_lock_timeout(50)
            select("SELECT pg_advisory_xact_lock(73)")

    def ask():
        try:
            db.retry_serialization(body)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        select("SELECT pg_advisory_xact_lock(73)")
        with pytest.raises(OperationalError) as caught:
            pool.submit(ask).result(20)
    assert caught.value.__cause__.sqlstate == "55P03"
    assert len(runs) == 1
