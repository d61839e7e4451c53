"""Hold the life of a payment: every change of its status, its money and its events is made here."""

import json
import sqlite3
from collections.abc import Callable

from . import ledger
from .commands import CreateCapture, CreatePayment
from .errors import invalid_state, not_found
from .faults import ActiveFault
from .magic import Outcome
from .store import Store, new_id, rfc3339
from .webhooks import Emitter

DEFAULT_EXPIRY = 3600
CANCELLABLE = ("awaiting_customer", "processing", "authorized")


class Payments:
    """Payments of all accounts. What writes must be called inside a transaction."""

    def __init__(self, store: Store, emitter: Emitter, settle: float) -> None:
        self._store = store
        self._emitter = emitter
        self._settle = settle
        self.on_settled: list[Callable[[sqlite3.Row], Callable[[], None] | None]] = []
        """Who draws consequences of a payment that succeeded or ended; what they return is called after it was told."""

    def create(
        self, account: str, command: CreatePayment, *, key: str, base_url: str, at: float | None = None
    ) -> sqlite3.Row:
        """Store a payment that waits for its customer; `at` is when it was made, where that is not now."""
        store = self._store
        now = store.now() if at is None else at
        values: dict[str, object] = {
            "id": new_id("sp"),
            "account": account,
            "idempotency_key": key,
            "status": "awaiting_customer",
            "amount": command.amount,
            "currency": command.currency,
            "reference": command.reference,
            "method": command.method,
            "capture": command.capture,
            "return_url": command.return_url,
            "cancel_url": command.cancel_url,
            "notification_url": command.notification_url,
            "base_url": base_url,
            "description": command.description,
            "customer": _dump(command.customer and {"email": command.customer.email, "name": command.customer.name}),
            "metadata": _dump(command.metadata),
            "created": now,
            "expires_at": now + (command.expires_in or DEFAULT_EXPIRY),
        }
        marks = ", ".join("?" for _ in values)
        store.run(f"INSERT INTO payments ({', '.join(values)}) VALUES ({marks})", *values.values())  # noqa: S608
        return self.get(str(values["id"]))

    def get(self, payment_id: str, *, account: str | None = None) -> sqlite3.Row:
        """Return one payment, of `account` if given; `ApiError` 404 otherwise."""
        row = self._store.one(
            "SELECT * FROM payments WHERE id = ?1 AND (?2 IS NULL OR account = ?2)", payment_id, account
        )
        if row is None:
            raise not_found("payment")
        return row

    def settle(self, payment: sqlite3.Row, outcome: Outcome, fault: ActiveFault | None = None) -> sqlite3.Row:
        """Do to a waiting payment what its customer's bank decides."""
        if outcome.kind == "approve":
            return self.approve(payment, fault=fault)
        if outcome.kind == "decline":
            return self.decline(payment, outcome.code, fault=fault)
        if outcome.kind == "three_d_secure":
            return self._update(payment, step="three_d_secure")
        kind = "payment_paid" if outcome.kind == "pending_paid" else "payment_declined"
        self._store.run(
            "INSERT INTO jobs (due_at, kind, target) VALUES (?, ?, ?)",
            self._store.now() + self._settle,
            kind,
            payment["id"],
        )
        return self._update(payment, status="processing", step="")

    def approve(
        self, payment: sqlite3.Row, *, amount: int | None = None, fault: ActiveFault | None = None
    ) -> sqlite3.Row:
        """Take the money (or reserve it, where capture is manual)."""
        if payment["capture"] == "manual":
            return self.authorize(payment, amount=amount, fault=fault)
        taken = amount or payment["amount"]
        if taken:
            self._add_capture(payment, taken, payment["reference"])
            ledger.write(self._store, payment, "charge", taken, key=payment["idempotency_key"])
        done = self._update(
            payment, status="paid", step="", decline_code=None, amount_authorized=taken, amount_captured=taken
        )
        self._settled(done, "payment.paid", fault)
        return done

    def authorize(
        self, payment: sqlite3.Row, *, amount: int | None = None, fault: ActiveFault | None = None
    ) -> sqlite3.Row:
        """Reserve the money."""
        reserved = amount or payment["amount"]
        ledger.write(self._store, payment, "authorize", reserved, key=payment["idempotency_key"])
        done = self._update(payment, status="authorized", step="", decline_code=None, amount_authorized=reserved)
        self._settled(done, "payment.authorized", fault)
        return done

    def decline(self, payment: sqlite3.Row, code: str, *, fault: ActiveFault | None = None) -> sqlite3.Row:
        """End it without money."""
        done = self._update(payment, status="declined", step="", decline_code=code)
        self._settled(done, "payment.declined", fault)
        return done

    def expire(self, payment: sqlite3.Row) -> sqlite3.Row:
        """End it because its customer did not come; 409 unless it waits for one."""
        _require_status(payment, "awaiting_customer")
        done = self._update(payment, status="expired", step="", decline_code=None)
        self._settled(done, "payment.expired")
        return done

    def expire_due(self) -> None:
        """End every payment whose time is over."""
        sql = "SELECT * FROM payments WHERE status = 'awaiting_customer' AND expires_at <= ?"
        for row in self._store.all(sql, self._store.now()):
            self.expire(row)

    def cancel(self, payment: sqlite3.Row, fault: ActiveFault | None = None) -> sqlite3.Row:
        """End it and give free what was reserved, or the rest of what was taken in part; 409 once all is taken or over."""
        if payment["status"] == "paid" and payment["capture"] == "manual" and not payment["capture_closed"]:
            left = payment["amount_authorized"] - payment["amount_captured"]
            ledger.write(self._store, payment, "release", left, key=None)
            return self._update(payment, capture_closed=1)
        _require_status(payment, *CANCELLABLE)
        if payment["amount_authorized"]:
            ledger.write(self._store, payment, "release", payment["amount_authorized"], key=None)
        done = self._update(payment, status="cancelled", step="")
        self._settled(done, "payment.cancelled", fault)
        return done

    def capture(
        self, payment: sqlite3.Row, command: CreateCapture, *, key: str, fault: ActiveFault | None = None
    ) -> dict[str, object]:
        """Take part or all of what is reserved; returns the capture as the API shows it."""
        _require_status(payment, "authorized", "paid")
        if payment["capture"] != "manual" or payment["capture_closed"]:
            raise invalid_state("wrong_status", "There is nothing left to capture.")
        captured = payment["amount_captured"] + command.amount
        left = payment["amount_authorized"] - captured
        if left < 0:
            raise invalid_state("amount_too_large", f"Only {left + command.amount} is left to capture.")
        capture = self._add_capture(payment, command.amount, command.reference)
        ledger.write(self._store, payment, "capture", command.amount, key=key)
        closed = command.final or left == 0
        if closed and left:
            ledger.write(self._store, payment, "release", left, key=key)
        done = self._update(payment, status="paid", amount_captured=captured, capture_closed=int(closed))
        self._tell(done, "payment.captured", fault)
        return {
            "id": capture["id"],
            "object": "capture",
            "account": payment["account"],
            "live": False,
            "payment": payment["id"],
            "amount": command.amount,
            "currency": payment["currency"],
            "status": "succeeded",
            "reference": command.reference,
            "final": closed,
            "created": rfc3339(capture["created"]),
        }

    def charge_back(self, payment: sqlite3.Row, amount: int | None) -> sqlite3.Row:
        """Let the customer's bank take the money back."""
        _require_status(payment, "paid")
        taken = amount or payment["amount_captured"]
        ledger.write(self._store, payment, "chargeback", taken, key=None)
        done = self._update(payment, amount_charged_back=payment["amount_charged_back"] + taken)
        self._tell_chargeback(done, "opened", taken)
        return done

    def win_chargeback(self, payment: sqlite3.Row, amount: int | None) -> sqlite3.Row:
        """Let the merchant have it again."""
        lost = payment["amount_charged_back"] - payment["amount_chargeback_won"]
        won = amount or lost
        if not 0 < won <= lost:
            raise invalid_state("amount_too_large", "So much was not charged back.")
        ledger.write(self._store, payment, "chargeback_won", won, key=None)
        done = self._update(payment, amount_chargeback_won=payment["amount_chargeback_won"] + won)
        self._tell_chargeback(done, "won", won)
        return done

    def show(self, payment: sqlite3.Row) -> dict[str, object]:
        """Return the payment as the API and the webhooks show it."""
        waiting = payment["status"] == "awaiting_customer"
        link = self.link_of(payment["id"])
        page = f"/l/{link}" if link else f"/pay/{payment['id']}"
        captures = self._store.all("SELECT * FROM captures WHERE payment = ? ORDER BY seq", payment["id"])
        refunds = self._store.all("SELECT * FROM refunds WHERE payment = ? ORDER BY seq", payment["id"])
        return {
            "id": payment["id"],
            "object": "payment",
            "account": payment["account"],
            "live": False,
            "status": payment["status"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "amount_authorized": payment["amount_authorized"],
            "amount_captured": payment["amount_captured"],
            "amount_refunded": payment["amount_refunded"],
            "amount_charged_back": payment["amount_charged_back"],
            "amount_chargeback_won": payment["amount_chargeback_won"],
            "reference": payment["reference"],
            "method": payment["method"],
            "link": link,
            "saved_token": self._token_of(payment["id"]),
            "subscription": self._subscription_of(payment["id"]),
            "capture": payment["capture"],
            "checkout_url": f"{payment['base_url']}{page}" if waiting else None,
            "checkout_url_mobile": None,
            "decline_code": payment["decline_code"],
            "description": payment["description"],
            "metadata": json.loads(payment["metadata"]) if payment["metadata"] else {},
            "captures": [
                {
                    "id": c["id"],
                    "amount": c["amount"],
                    "currency": c["currency"],
                    "status": c["status"],
                    "reference": c["reference"],
                    "created": rfc3339(c["created"]),
                }
                for c in captures
            ],
            "refunds": [show_refund(refund) for refund in refunds],
            "created": rfc3339(payment["created"]),
            "expires_at": rfc3339(payment["expires_at"]),
        }

    def choose(self, payment: sqlite3.Row, method: str) -> sqlite3.Row:
        """Note by which method the customer of a link pays."""
        return self._update(payment, method=method) if method and payment["method"] != method else payment

    def decline_try(self, payment: sqlite3.Row, code: str) -> sqlite3.Row:
        """Note that one try on the page of a link failed: the customer may try in another way."""
        return self._update(payment, step="", method="any", decline_code=code)

    def link_of(self, payment_id: str) -> str | None:
        """Return the id of the link that leads to a payment, if there is one."""
        row = self._store.one("SELECT id FROM links WHERE payment = ?", payment_id)
        return None if row is None else str(row["id"])

    def _settled(self, payment: sqlite3.Row, type_: str, fault: ActiveFault | None = None) -> None:
        then = [react(payment) for react in self.on_settled]
        self._tell(payment, type_, fault)
        for tell in then:
            if tell is not None:
                tell()

    def _token_of(self, payment_id: str) -> dict[str, object] | None:
        row = self._store.one("SELECT id, status FROM kept_tokens WHERE payment = ?", payment_id)
        return None if row is None else dict(row)

    def _subscription_of(self, payment_id: str) -> dict[str, object] | None:
        sql = (
            "SELECT s.id, s.status, c.sequence, c.due_at, c.by_itself, s.next_at FROM subscription_charges c"
            " JOIN subscriptions s ON s.id = c.subscription WHERE c.payment = ?"
        )
        row = self._store.one(sql, payment_id)
        if row is None:
            return None
        return {
            "id": row["id"],
            "status": row["status"],
            "charge": f"{row['id']}-{row['sequence']}",
            "sequence": row["sequence"],
            "due_at": rfc3339(row["due_at"]),
            "next_charge_at": rfc3339(row["next_at"]) if row["next_at"] is not None else None,
            "by_itself": bool(row["by_itself"]),
        }

    def _tell(self, payment: sqlite3.Row, type_: str, fault: ActiveFault | None = None) -> None:
        self._emitter.emit(payment, type_, self.show(payment), fault=fault)

    def _tell_chargeback(self, payment: sqlite3.Row, status: str, amount: int) -> None:
        chargeback_id = ledger.last_chargeback(self._store, payment["id"])
        chargeback = {"id": chargeback_id, "amount": amount, "currency": payment["currency"], "status": status}
        thing = {**self.show(payment), "chargeback_id": chargeback_id}
        self._emitter.emit(payment, f"chargeback.{status}", thing, extra={"chargeback": chargeback})

    def _add_capture(self, payment: sqlite3.Row, amount: int, reference: str | None) -> sqlite3.Row:
        capture_id = new_id("sc")
        self._store.run(
            "INSERT INTO captures (id, payment, amount, currency, status, reference, created)"
            " VALUES (?, ?, ?, ?, 'succeeded', ?, ?)",
            capture_id,
            payment["id"],
            amount,
            payment["currency"],
            reference,
            self._store.now(),
        )
        return self._store.all("SELECT * FROM captures WHERE id = ?", capture_id)[0]

    def _update(self, payment: sqlite3.Row, **changes: object) -> sqlite3.Row:
        columns = ", ".join(f"{column} = ?" for column in changes)
        self._store.run(f"UPDATE payments SET {columns} WHERE id = ?", *changes.values(), payment["id"])  # noqa: S608
        return self.get(payment["id"])


def show_refund(refund: sqlite3.Row) -> dict[str, object]:
    """Return a refund as the API and the webhooks show it."""
    shown = ("payment", "amount", "currency", "status", "reason", "reference", "failure_code")
    return {
        "id": refund["id"],
        "object": "refund",
        "account": refund["account"],
        "live": False,
        **{name: refund[name] for name in shown},
        "created": rfc3339(refund["created"]),
    }


def _require_status(payment: sqlite3.Row, *allowed: str) -> None:
    if payment["status"] not in allowed:
        raise invalid_state("wrong_status", f"The payment is {payment['status']}.")


def _dump(value: object) -> str | None:
    return None if value is None else json.dumps(value)
