"""Give money back: at once, later, not at all, or at once and then not after all."""

import sqlite3

from . import ledger
from .commands import CreateRefund
from .errors import invalid_state, not_found
from .faults import ActiveFault
from .payments import show_refund
from .store import Store, new_id
from .webhooks import Emitter

FAILURE_CODE = "refund_not_possible"


class Refunds:
    """Refunds of all accounts. What writes must be called inside a transaction."""

    def __init__(self, store: Store, emitter: Emitter, settle: float) -> None:
        self._store = store
        self._emitter = emitter
        self._settle = settle

    def get(self, refund_id: str, *, account: str | None = None) -> sqlite3.Row:
        """Return one refund, of `account` if given; `ApiError` 404 otherwise."""
        sql = "SELECT * FROM refunds WHERE id = ?1 AND (?2 IS NULL OR account = ?2)"
        row = self._store.one(sql, refund_id, account)
        if row is None:
            raise not_found("refund")
        return row

    def create(
        self,
        payment: sqlite3.Row,
        command: CreateRefund,
        *,
        key: str | None,
        fault: ActiveFault | None = None,
        bounded: bool = True,
    ) -> sqlite3.Row:
        """Refund part or all of what was captured; 409 where it is not that much, unless not `bounded`."""
        if payment["status"] != "paid":
            raise invalid_state("wrong_status", f"The payment is {payment['status']}.")
        left = self._refundable(payment)
        if bounded and command.amount > left:
            raise invalid_state("amount_too_large", f"Only {left} is left to refund.")
        store = self._store
        refund_id = new_id("sr")
        store.run(
            "INSERT INTO refunds (id, account, payment, amount, currency, status, reason, reference, idempotency_key,"
            " created) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)",
            refund_id,
            payment["account"],
            payment["id"],
            command.amount,
            payment["currency"],
            command.reason,
            command.reference,
            key,
            store.now(),
        )
        name = fault.name if fault else ""
        if name == "refund_pending":
            self._later("refund_succeeded", refund_id)
            self._tell(refund_id, "refund.pending", fault)
        elif name == "refund_fails":
            self._set(refund_id, "failed", FAILURE_CODE)
            self._tell(refund_id, "refund.failed", fault)
        else:
            self.succeed(refund_id, fault)
            if name == "refund_reversed":
                self._later("refund_reversed", refund_id)
        return self.get(refund_id)

    def succeed(self, refund_id: str, fault: ActiveFault | None = None) -> None:
        """Pay a pending refund out."""
        refund = self.get(refund_id)
        self._set(refund_id, "succeeded", None)
        self._move(refund, refund["amount"])
        self._tell(refund_id, "refund.succeeded", fault)

    def reverse(self, refund_id: str) -> None:
        """Take a paid refund back because the customer's bank would not have it."""
        refund = self.get(refund_id)
        self._set(refund_id, "reversed", None)
        self._move(refund, -refund["amount"])
        self._tell(refund_id, "refund.reversed")

    def _refundable(self, payment: sqlite3.Row) -> int:
        row = self._store.one(
            "SELECT coalesce(sum(amount), 0) AS pending FROM refunds WHERE payment = ? AND status = 'pending'",
            payment["id"],
        )
        pending = int(row["pending"]) if row is not None else 0
        disputed = payment["amount_charged_back"] - payment["amount_chargeback_won"]
        gone = payment["amount_refunded"] + disputed + pending
        return int(payment["amount_captured"]) - int(gone)

    def _move(self, refund: sqlite3.Row, amount: int) -> None:
        payment = self._payment(refund)
        kind: ledger.Kind = "refund" if amount > 0 else "refund_reversed"
        ledger.write(self._store, payment, kind, abs(amount), key=refund["idempotency_key"])
        self._store.run(
            "UPDATE payments SET amount_refunded = amount_refunded + ? WHERE id = ?", amount, refund["payment"]
        )

    def _payment(self, refund: sqlite3.Row) -> sqlite3.Row:
        payment = self._store.one("SELECT * FROM payments WHERE id = ?", refund["payment"])
        if payment is None:
            raise not_found("payment")
        return payment

    def _set(self, refund_id: str, status: str, failure_code: str | None) -> None:
        sql = "UPDATE refunds SET status = ?, failure_code = ? WHERE id = ?"
        self._store.run(sql, status, failure_code, refund_id)

    def _later(self, kind: str, refund_id: str) -> None:
        sql = "INSERT INTO jobs (due_at, kind, target) VALUES (?, ?, ?)"
        self._store.run(sql, self._store.now() + self._settle, kind, refund_id)

    def _tell(self, refund_id: str, type_: str, fault: ActiveFault | None = None) -> None:
        refund = self.get(refund_id)
        self._emitter.emit(self._payment(refund), type_, show_refund(refund), fault=fault)
