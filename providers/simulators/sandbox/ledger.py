"""Write down what really moved, and read it back.

`charge`: money taken at once (automatic capture). `authorize`: money reserved; `capture` takes part of it, `release`
gives the rest free. `refund` and `chargeback` give money back, `refund_reversed` and `chargeback_won` take it again.
"""

import sqlite3
from typing import Literal

from .store import Store, rfc3339

Kind = Literal[
    "charge",
    "authorize",
    "capture",
    "release",
    "refund",
    "refund_reversed",
    "chargeback",
    "chargeback_won",
]
_NET = {"charge": 1, "capture": 1, "refund_reversed": 1, "chargeback_won": 1, "refund": -1, "chargeback": -1}


def write(store: Store, payment: sqlite3.Row, kind: Kind, amount: int, *, key: str | None) -> None:
    """Append one entry; a second charge of the same payment or key is refused by the database."""
    store.run(
        "INSERT INTO ledger (kind, account, payment, reference, idempotency_key, amount, currency, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        kind,
        payment["account"],
        payment["id"],
        payment["reference"],
        key,
        amount,
        payment["currency"],
        store.now(),
    )


def last_chargeback(store: Store, payment_id: str) -> str:
    """Return the id of the payment's newest chargeback."""
    row = store.one("SELECT max(id) AS id FROM ledger WHERE payment = ? AND kind = 'chargeback'", payment_id)
    return f"cb_{row['id']}" if row is not None else ""


def has_charge(store: Store, payment_id: str) -> bool:
    """Tell whether money was ever taken or reserved for the payment."""
    sql = "SELECT 1 FROM ledger WHERE payment = ? AND kind IN ('charge', 'authorize')"
    return store.one(sql, payment_id) is not None


def read(
    store: Store, *, account: str | None, reference: str | None, payment: str | None
) -> dict[str, list[dict[str, object]] | dict[str, dict[str, int]]]:
    """Return the entries (oldest first) and, per currency, the sum of each kind and `net`, what the merchant keeps."""
    rows = store.all(
        "SELECT * FROM ledger WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR reference = ?2)"
        " AND (?3 IS NULL OR payment = ?3) ORDER BY id",
        account,
        reference,
        payment,
    )
    entries: list[dict[str, object]] = []
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        entry = dict(row)
        entry["id"] = f"le_{row['id']}"
        entry["created"] = rfc3339(row["created"])
        entries.append(entry)
        sums = totals.setdefault(row["currency"], {"net": 0})
        sums[row["kind"]] = sums.get(row["kind"], 0) + row["amount"]
        sums["net"] += _NET.get(row["kind"], 0) * row["amount"]
    return {"entries": entries, "totals": totals}
