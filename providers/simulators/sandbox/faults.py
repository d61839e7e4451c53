"""Queue faults on demand, hand them out, and count how often each took effect."""

import random
import sqlite3

from . import magic
from .commands import AddFault
from .errors import invalid
from .store import Store

GROUPS: dict[str, frozenset[magic.Group]] = {
    "pay": frozenset({"outcome", "answer", "webhook"}),
    "capture": frozenset({"answer", "webhook"}),
    "cancel": frozenset({"answer", "webhook"}),
    "refund": frozenset({"answer", "webhook", "refund"}),
    "fetch": frozenset({"answer"}),
    "webhook": frozenset({"webhook"}),
    "link": frozenset({"answer"}),
    "subscription": frozenset({"answer"}),
    "charge": frozenset({"outcome", "webhook"}),
}


class ActiveFault:
    """A fault that takes effect now; `milliseconds` is how late, where the queue said so."""

    def __init__(self, fault: magic.Fault, milliseconds: int | None = None) -> None:
        self.name = fault.name
        self.group = fault.group
        self.outcome = fault.outcome
        self.milliseconds = milliseconds


def add(store: Store, command: AddFault) -> int:
    """Queue one; returns its id."""
    fault = magic.BY_NAME.get(command.fault)
    if fault is None:
        raise invalid(f"There is no fault of that name. There are: {', '.join(magic.BY_NAME)}.", "unknown_fault")
    late_webhook = command.operation == "webhook" and fault.name == "delay"
    lonely = command.operation == "webhook" and fault.name == "webhook_early"  # early compared to no answer
    if lonely or (fault.group not in GROUPS[command.operation] and not late_webhook):
        raise invalid(f"{fault.name} makes no sense for {command.operation}.", "unknown_fault")
    cursor = store.run(
        "INSERT INTO faults (operation, fault, milliseconds, times_left, probability, reference)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        command.operation,
        fault.name,
        command.ms,
        command.times,
        command.probability,
        command.reference,
    )
    return int(cursor.lastrowid or 0)


def take(store: Store, operation: str, reference: str, groups: frozenset[magic.Group]) -> ActiveFault | None:
    """Take the oldest queued fault that fits the operation and the merchant's reference, and count it."""
    rows = store.all(
        "SELECT * FROM faults WHERE operation = ? AND (reference IS NULL OR reference = ?) ORDER BY id",
        operation,
        reference,
    )
    for row in rows:
        fault = magic.BY_NAME[row["fault"]]
        if fault.group in groups and random.random() < row["probability"]:  # noqa: S311 - chance, not secrecy
            _use_up(store, row)
            count(store, operation, fault.name)
            return ActiveFault(fault, row["milliseconds"])
    return None


def from_amount(store: Store, operation: str, amount: int, groups: frozenset[magic.Group]) -> ActiveFault | None:
    """Return the fault that the amount's ending asks for, and count it."""
    fault = magic.for_amount(amount)
    if fault is None or fault.group not in groups:
        return None
    count(store, operation, fault.name)
    return ActiveFault(fault)


def _use_up(store: Store, row: sqlite3.Row) -> None:
    if row["times_left"] is None:
        return
    if row["times_left"] == 1:
        store.run("DELETE FROM faults WHERE id = ?", row["id"])
    else:
        store.run("UPDATE faults SET times_left = times_left - 1 WHERE id = ?", row["id"])


def count(store: Store, operation: str, name: str) -> None:
    """Count one effect."""
    store.run(
        "INSERT INTO fault_counts (operation, fault, count) VALUES (?, ?, 1)"
        " ON CONFLICT (operation, fault) DO UPDATE SET count = count + 1",
        operation,
        name,
    )


def listing(store: Store) -> dict[str, object]:
    """Return what is queued and the counters, per operation and fault."""
    counts: dict[str, dict[str, int]] = {}
    for row in store.all("SELECT * FROM fault_counts ORDER BY operation, fault"):
        counts.setdefault(row["operation"], {})[row["fault"]] = row["count"]
    return {"data": [dict(row) for row in store.all("SELECT * FROM faults ORDER BY id")], "counts": counts}
