"""Turn what happened into events, and events into queued deliveries; sign them."""

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Mapping

from . import faults
from .faults import ActiveFault
from .magic import Group
from .store import Store, new_id, rfc3339

WEBHOOK_GROUPS: frozenset[Group] = frozenset({"webhook", "answer"})
_SNAPSHOT_BEFORE_CAPTURE = {"status": "authorized", "amount_captured": 0, "captures": []}


def sign(secrets: list[str], body: str, *, at: int | None = None) -> str:
    """Return the value of `Sandpay-Signature`: one `v1` for each active secret."""
    moment = int(time.time()) if at is None else at
    signed = f"{moment}.{body}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


class Emitter:
    """Queues the events of one payment; must be used inside a transaction. `settle` seconds part what comes later."""

    def __init__(self, store: Store, settle: float) -> None:
        self._store = store
        self._settle = settle

    def emit(
        self,
        payment: sqlite3.Row,
        type_: str,
        thing: Mapping[str, object],
        *,
        fault: ActiveFault | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Queue one event about `thing` (a payment or refund as the API shows it), bent by a webhook fault if any."""
        queued = faults.take(self._store, "webhook", payment["reference"], WEBHOOK_GROUPS)
        active = queued or fault
        name = active.name if active and (queued or active.group == "webhook") else None
        later = self._store.now() + self._settle
        if name == "webhook_wrong_amount":
            self._deliver(payment, self._event(payment, type_, _one_more(thing), extra), fault=name)
            self._deliver(payment, self._event(payment, type_, thing, extra), at=later)
        elif name == "webhook_forged":
            event = self._event(payment, type_, thing, extra)
            self._deliver(payment, event, fault=name, forged=True)
            self._deliver(payment, event, at=later)
        elif name == "webhook_duplicate":
            event = self._event(payment, type_, thing, extra)
            self._deliver(payment, event, fault=name)
            self._deliver(payment, event, fault=name)
        elif name == "webhook_out_of_order":
            self._out_of_order(payment, type_, thing, later)
        elif name == "webhook_never":
            self._deliver(payment, self._event(payment, type_, thing, extra), fault=name, state="suppressed")
        elif name == "webhook_early":
            self._deliver(payment, self._event(payment, type_, thing, extra), fault=name, state="early")
        elif name == "delay" and active is not None:
            late = self._settle if active.milliseconds is None else active.milliseconds / 1000
            self._deliver(payment, self._event(payment, type_, thing, extra), fault=name, at=self._store.now() + late)
        else:
            self._deliver(payment, self._event(payment, type_, thing, extra))

    def _out_of_order(self, payment: sqlite3.Row, type_: str, thing: Mapping[str, object], later: float) -> None:
        name = "webhook_out_of_order"
        if type_ == "payment.paid":
            before = {**thing, **_SNAPSHOT_BEFORE_CAPTURE}
            earlier = self._event(payment, "payment.authorized", before, None, age=1.0)
            self._deliver(payment, self._event(payment, type_, thing, None), fault=name)
            self._deliver(payment, earlier, fault=name, at=later)
        else:
            self._deliver(payment, self._event(payment, type_, thing, None), fault=name, at=later)

    def _event(
        self,
        payment: sqlite3.Row,
        type_: str,
        thing: Mapping[str, object],
        extra: Mapping[str, object] | None,
        *,
        age: float = 0.0,
    ) -> str:
        store = self._store
        event_id = new_id("evt")
        created = store.now() - age
        body = {
            "id": event_id,
            "type": type_,
            "created": rfc3339(created),
            "account": payment["account"],
            "live": False,
            "data": {"object": thing, **(extra or {})},
        }
        store.run(
            "INSERT INTO events (id, type, account, payment, body, created) VALUES (?, ?, ?, ?, ?, ?)",
            event_id,
            type_,
            payment["account"],
            payment["id"],
            json.dumps(body, separators=(",", ":")),
            created,
        )
        return event_id

    def _deliver(
        self,
        payment: sqlite3.Row,
        event_id: str,
        *,
        fault: str | None = None,
        forged: bool = False,
        state: str = "pending",
        at: float | None = None,
    ) -> None:
        store = self._store
        account = store.one("SELECT webhook_url FROM accounts WHERE id = ?", payment["account"])
        url = payment["notification_url"] or (account and account["webhook_url"])
        if not url:
            return
        store.run(
            "INSERT INTO deliveries (event, payment, url, state, fault, forged, next_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            event_id,
            self._queue(payment["id"]),
            url,
            state,
            fault,
            forged,
            store.now() if at is None else at,
        )

    def _queue(self, thing_id: str) -> str:
        """Name what its deliveries wait in line for: the charges that a subscription makes go out in their order."""
        sql = "SELECT subscription FROM subscription_charges WHERE payment = ? AND by_itself"
        row = self._store.one(sql, thing_id)
        return thing_id if row is None else str(row["subscription"])


def resend(store: Store, *, payment: str | None, event: str | None) -> int:
    """Queue the events of a payment, or one event, once more where they went before; returns how many."""
    cursor = store.run(
        "INSERT INTO deliveries (event, payment, url, state, fault, next_at)"
        " SELECT event, payment, max(url), 'pending', 'resent', ?1 FROM deliveries"
        " WHERE (?2 IS NOT NULL AND (payment = ?2 OR event IN (SELECT id FROM events WHERE payment = ?2)))"
        " OR (?3 IS NOT NULL AND event = ?3) GROUP BY event ORDER BY min(id)",
        store.now(),
        payment,
        event,
    )
    return cursor.rowcount


def log(store: Store, *, payment: str | None, event: str | None) -> list[dict[str, object]]:
    """Return the deliveries, oldest first, each with its attempts."""
    rows = store.all(
        "SELECT d.*, e.type AS type FROM deliveries d JOIN events e ON e.id = d.event"
        " WHERE (?1 IS NULL OR d.payment = ?1 OR e.payment = ?1) AND (?2 IS NULL OR d.event = ?2) ORDER BY d.id",
        payment,
        event,
    )
    found = []
    for row in rows:
        attempts = store.all("SELECT * FROM delivery_attempts WHERE delivery = ? ORDER BY id", row["id"])
        shown = [
            {"at": rfc3339(a["at"]), "status": a["status"], "error": a["error"], "milliseconds": a["milliseconds"]}
            for a in attempts
        ]
        delivery = {**dict(row), "forged": bool(row["forged"]), "next_at": rfc3339(row["next_at"]), "attempts": shown}
        found.append(delivery)
    return found


def _one_more(thing: Mapping[str, object]) -> dict[str, object]:
    changed = dict(thing)
    for field in ("amount", "amount_authorized", "amount_captured"):
        value = changed.get(field)
        if isinstance(value, int) and value > 0:
            changed[field] = value + 1
    return changed
