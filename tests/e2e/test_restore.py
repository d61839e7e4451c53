"""S74: the database comes back from a backup and knows less than the PSP; `resync --since` brings it up to date."""

import datetime as dt

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop, new_order
from .stack import Stack

WITH_A_CONNECTION = ("web", "worker", "relay", "beat")


class Backup:
    """A copy of the hub's database, made and brought back while nobody is connected to it."""

    def __init__(self, url: str) -> None:
        self._name = str(conninfo_to_dict(url)["dbname"])
        self._admin = psycopg.connect(url, dbname="postgres", autocommit=True)
        self._run("CREATE DATABASE {copy} TEMPLATE {name}")

    def bring_back(self) -> None:
        self._run("DROP DATABASE {name} WITH (FORCE)")
        self._run("ALTER DATABASE {copy} RENAME TO {name}")
        self._admin.close()

    def _run(self, text: str) -> None:
        copy, name = sql.Identifier(f"{self._name}_copy"), sql.Identifier(self._name)
        self._admin.execute(sql.SQL(text).format(copy=copy, name=name))  # type: ignore[arg-type]


@pytest.mark.full
@pytest.mark.timeout(180)
def test_s74_what_happened_after_the_backup_is_asked_of_the_psp(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, customer: Customer
) -> None:
    paid, waiting, new = new_order(), new_order(), new_order()
    paid_id = shop.pay(1299, paid)["paymentId"]
    page = shop.pay(2500, waiting, token=None)["redirectToUrl"]
    receiver.wait(paid, "payment.captured")
    taken_at = dt.datetime.now(dt.UTC)
    stack.kill(*WITH_A_CONNECTION)
    backup = Backup(stack.servers.database_url)
    stack.restore()
    customer.pay(page)
    shop.post("/sandbox/refund", {"paymentId": paid_id, "amount": 300, "currency": "EUR"})
    shop.pay(999, new)
    receiver.wait(waiting, "payment.captured")
    stack.kill(*WITH_A_CONNECTION)
    backup.bring_back()

    printed = stack.manage("resync", "--since", taken_at.isoformat())
    again = stack.manage("resync", "--since", taken_at.isoformat())

    database = Database(stack.servers.database_url, stack.layout.encryption_keys)
    try:
        totals = database.rows(
            "SELECT shop_transaction_id, captured, refunded_elsewhere FROM payments_payment"
            " WHERE shop_transaction_id = ANY(%s)",
            [paid, waiting, new],
        )
        items = database.rows(
            "SELECT evidence->>'amount' FROM payments_operatoritem WHERE kind = 'unknown_here' AND resolved_at IS NULL"
        )
    finally:
        database.close()
    assert sorted(totals) == sorted([(paid, 1299, 300), (waiting, 2500, 0)])
    assert items == [("999",)]
    assert "not known here" in printed
    assert _column(printed, "changed") >= 2
    assert _column(again, "changed") == 0
    assert "The ledger is right" in stack.manage("ledger_proof")
    stack.restore()
    assert shop.status(paid_id)["metadata"]["totalRefundedAmount"] == 300
    assert psp.charges(new) == [999]


def _column(printed: str, name: str) -> int:
    """Sum a column of the table over all accounts."""
    head, *rows = printed.splitlines()
    end = head.index(name) + len(name)
    return sum(int(row[:end].split()[-1]) for row in rows if "sandbox/" in row)
