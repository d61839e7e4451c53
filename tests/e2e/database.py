"""The hub's database from outside: to see how far something got, and to hold it there; no row is ever changed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from paymenthub.kernel.crypto import KeyRing, load_or_create_keys

from .waiting import until


class Database:
    """One connection to look through."""

    def __init__(self, url: str, keys: Path) -> None:
        self._url = url
        self._ring = KeyRing(load_or_create_keys(keys))
        self._connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()

    def attempt_states(self, order: str) -> list[str]:
        """Return the states of an order's attempts."""
        return [
            row[0]
            for row in self.rows(
                "SELECT a.state FROM payments_attempt a JOIN payments_payment p ON p.id = a.payment_id"
                " WHERE p.shop_transaction_id = %s ORDER BY a.created_at",
                order,
            )
        ]

    def wait_for_attempt(self, order: str, state: str) -> None:
        """Wait until an order's only attempt stands so."""
        until(
            lambda: self.attempt_states(order) == [state],
            lambda: f"one {state} attempt expected for {order}, there is {self.attempt_states(order)}",
        )

    def payments(self, order: str) -> list[tuple[str, int]]:
        """Return state and captured amount of an order's payments."""
        return self.rows(
            "SELECT state, captured FROM payments_payment WHERE shop_transaction_id = %s ORDER BY created_at", order
        )

    def told(self, order: str) -> list[str]:
        """Return the types of all events written down about an order."""
        return [
            row[0]
            for row in self.rows(
                "SELECT e.type FROM payments_outboxevent e JOIN payments_payment p ON p.id = e.payment_id"
                " WHERE p.shop_transaction_id = %s ORDER BY e.sequence",
                order,
            )
        ]

    def notifications(self, order: str) -> list[str]:
        """Return the states of an order's notifications; one that is not matched yet is not among them."""
        return [state for state, _ in self._about(order)]

    def seconds_to_work_on(self, order: str) -> float:
        """Return how long an order's only notification lay until it was done."""
        ((_, seconds),) = self._about(order)
        return float(seconds)

    def _about(self, order: str) -> list[tuple[str, Any]]:
        """Open every notification's body and return state and seconds of those that name the order."""
        found = []
        query = (
            "SELECT id, body, state, extract(epoch FROM done_at - created_at) FROM payments_inboxmessage ORDER BY id"
        )
        for id, body, state, seconds in self.rows(query):
            opened = self._ring.open(bytes(body).decode(), context=b"notification:" + id.bytes)
            if f'"{order}"'.encode() in opened:
                found.append((state, seconds))
        return found

    def items(self, order: str) -> list[str]:
        """Return what waits for an operator about an order's money: these orders name no buyer, so invoices are held."""
        return [
            row[0]
            for row in self.rows(
                "SELECT i.kind FROM payments_operatoritem i JOIN payments_payment p ON p.id = i.payment_id"
                " WHERE p.shop_transaction_id = %s AND i.kind <> 'invoice_held' ORDER BY i.created_at",
                order,
            )
        ]

    @contextlib.contextmanager
    def locked_payment(self, order: str) -> Iterator[None]:
        """Hold a payment's row lock while the block lasts, so that whoever wants it waits."""
        with psycopg.connect(self._url) as holder:
            found = holder.execute(
                "SELECT id FROM payments_payment WHERE shop_transaction_id = %s FOR UPDATE", [order]
            ).fetchall()
            assert len(found) == 1, f"{len(found)} payments for {order}"
            yield
            holder.rollback()

    def waiting_for_a_lock(self) -> int:
        """Return how many connections wait for a row."""
        return int(self.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")[0][0])

    @contextlib.contextmanager
    def commits_held_back(self) -> Iterator[None]:
        """Let every commit be written down and not acknowledged while the block lasts.

        The server waits for a replica that does not exist: whoever commits hears nothing of it, as with a machine that
        dies at that moment. At the end all of them are acknowledged.
        """
        self._synchronous_standby("nobody")
        try:
            # The first one held back, of whatever periodic work, proves that it has come into force.
            until(
                lambda: self.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
                "no commit is held back",
            )
            yield
        finally:
            self._synchronous_standby("")

    def wait_until_no_use_of_a_key_is_noted(self) -> None:
        """Wait until a request that comes now leaves at least 20 s in which the next ones do not note that their key is used.

        The hub notes it once a minute: either the last note is fresh, or so old that this request writes the next one.
        """
        age = "SELECT extract(epoch FROM now() - max(last_used_at)) FROM payments_apikey"
        until(lambda: not 40 < (self.rows(age)[0][0] or 0) < 61, "a key's use is neither fresh nor old", seconds=30)

    def wait_for_held_payment(self) -> None:
        """Wait until the web process has written a payment and waits for the answer to its commit.

        The worker writes payments of earlier tests at any time; its commits are held back as well and are not meant.
        """
        until(
            lambda: self.rows(
                "SELECT 1 FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid WHERE a.wait_event = 'SyncRep'"
                " AND a.application_name = 'web' AND l.relation = 'payments_payment'::regclass AND l.mode = 'RowExclusiveLock'"
            ),
            "no commit of a payment is held back",
        )

    def _synchronous_standby(self, name: str) -> None:
        self._connection.execute("SET synchronous_commit = local")
        self._connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self._connection.execute("SELECT pg_reload_conf()")
        until(
            lambda: self.rows("SELECT current_setting('synchronous_standby_names')") == [(name,)],
            "PostgreSQL did not read its configuration again",
        )
