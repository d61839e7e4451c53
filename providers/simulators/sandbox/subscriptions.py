"""Run subscriptions: charge what is due by the merchant's clock, try again where money was short, end them."""

import json
import sqlite3
from collections.abc import Callable

from . import faults, rhythm
from .clocks import Clocks
from .commands import CreatePayment, CreateSubscription, UpdateSubscription
from .errors import invalid, invalid_state, not_found
from .faults import ActiveFault
from .magic import Group, Outcome
from .payments import Payments
from .store import Store, new_id, rfc3339
from .tokens import Tokens
from .webhooks import Emitter

DAY = 86400
RETRY_AFTER_DAYS = (1, 3, 5)
"""Days after a failed try of a charge; never beyond the next charge. After the last one the subscription is cancelled."""
HARD = frozenset({"stolen_card", "expired_card", "token_revoked"})
OPEN = ("incomplete", "active", "past_due")
_BENT: frozenset[Group] = frozenset({"outcome", "webhook"})


class Subscriptions:
    """Subscriptions of all accounts. What writes must be called inside a transaction."""

    def __init__(self, store: Store, emitter: Emitter, payments: Payments, tokens: Tokens, clocks: Clocks) -> None:
        self._store = store
        self._emitter = emitter
        self._payments = payments
        self._tokens = tokens
        self._clocks = clocks

    def create(
        self, account: str, command: CreateSubscription, *, key: str, base_url: str
    ) -> tuple[sqlite3.Row, sqlite3.Row]:
        """Store a subscription and its first payment, which nobody has paid yet.

        With `starts_at` the first payment is one of nothing (number 0), which only leaves the means of payment here.
        """
        store = self._store
        now = self._clocks.now(account)
        trial = command.starts_at is not None
        # Whole seconds: a merchant who moves the clock to the moment that was told must find the charge made.
        anchor = float(int(now if command.starts_at is None else command.starts_at.timestamp()))
        if anchor < now - 60:
            raise invalid("starts_at must not be over.", "invalid_starts_at")
        rhythm.moment(anchor, command.time_zone, command.interval, command.interval_count, 1)
        first = 0 if trial else command.amount if command.first_amount is None else command.first_amount
        asked = CreatePayment(
            amount=first,
            currency=command.currency,
            reference=command.reference,
            method=command.method,
            capture="automatic",
            return_url=command.return_url,
            cancel_url=command.cancel_url,
            notification_url=command.notification_url,
            description=command.description,
            customer=command.customer,
            metadata=command.metadata,
        )
        payment = self._payments.create(account, asked, key=key, base_url=base_url)
        self._tokens.reserve(payment)
        token = self._tokens.of_payment(payment["id"])
        values: dict[str, object] = {
            "id": new_id("ss"),
            "account": account,
            "idempotency_key": key,
            "status": "incomplete",
            "amount": command.amount,
            "currency": command.currency,
            "reference": command.reference,
            "method": command.method,
            "interval": command.interval,
            "interval_count": command.interval_count,
            "max_charges": command.max_charges,
            "time_zone": command.time_zone,
            "anchor": anchor,
            "ends_at": command.ends_at and float(int(command.ends_at.timestamp())),
            "token": token["id"] if token is not None else "",
            "sequence": 0 if trial else 1,
            "due_at": anchor,
            "notification_url": command.notification_url,
            "base_url": base_url,
            "description": command.description,
            "customer": payment["customer"],
            "metadata": payment["metadata"],
            "created": now,
        }
        marks = ", ".join("?" for _ in values)
        store.run(f"INSERT INTO subscriptions ({', '.join(values)}) VALUES ({marks})", *values.values())  # noqa: S608
        self._join(payment, str(values["id"]), 0 if trial else 1, anchor, by_itself=False)
        return self.get(str(values["id"])), payment

    def get(self, subscription_id: str, *, account: str | None = None) -> sqlite3.Row:
        """Return one subscription, of `account` if given; `ApiError` 404 otherwise."""
        sql = "SELECT * FROM subscriptions WHERE id = ?1 AND (?2 IS NULL OR account = ?2)"
        row = self._store.one(sql, subscription_id, account)
        if row is None:
            raise not_found("subscription")
        return row

    def update(self, row: sqlite3.Row, command: UpdateSubscription) -> sqlite3.Row:
        """Change what is charged from the next charge on, or its rhythm, or its means; 409 where it is over."""
        _require_open(row)
        changes: dict[str, object] = {}
        if command.token is not None:
            self._tokens.outcome(command.token, account=row["account"], asked=None)
            changes["token"] = command.token
        for name in ("amount", "max_charges"):
            if getattr(command, name) is not None:
                changes[name] = getattr(command, name)
        if command.interval is not None or command.interval_count is not None:
            # The new rhythm begins with the charge that was made last.
            changes |= {
                "interval": command.interval or row["interval"],
                "interval_count": command.interval_count or row["interval_count"],
                "anchor": row["due_at"],
                "steps": 0,
            }
        done = self._set(row, **changes)
        if done["status"] == "active":
            done = self._set(done, next_at=self._after(done))
        self._tell(done, "subscription.updated")
        return done

    def cancel(self, row: sqlite3.Row, *, at_period_end: bool) -> sqlite3.Row:
        """End it at once, or when what was paid for is over; 409 where it is over already."""
        _require_open(row)
        if at_period_end and row["status"] == "active":
            done = self._set(row, cancel_at_period_end=1)
            self._tell(done, "subscription.updated")
            return done
        type_ = self._end(row, "cancelled", "requested")
        done = self.get(row["id"])
        self._tell(done, type_)
        return done

    def charge_due(self) -> int:
        """Charge everything that is due by the clock of its merchant, in order of time; returns how many charges."""
        made = 0
        sql = (
            "SELECT s.* FROM subscriptions s LEFT JOIN test_clocks c ON c.account = s.account"
            " WHERE s.next_at <= ? + coalesce(c.seconds, 0) ORDER BY s.next_at, s.seq LIMIT 1"
        )
        while (row := self._store.one(sql, self._store.now())) is not None:
            made += self._act(row)
        return made

    def settled(self, payment: sqlite3.Row) -> Callable[[], None] | None:
        """Draw the consequence of a payment that ended; returns what tells it, to be called once the payment is told of."""
        charge = self._store.one("SELECT * FROM subscription_charges WHERE payment = ?", payment["id"])
        if charge is None:
            return None
        row = self.get(charge["subscription"])
        if row["status"] not in OPEN or payment["status"] not in ("paid", "declined", "cancelled", "expired"):
            return None
        if payment["status"] == "paid":
            type_ = self._went_well(row, charge)
        elif row["status"] == "incomplete":
            type_ = self._end(row, "abandoned", "first_payment_failed")
        else:
            type_ = self._failed(row, charge, payment["decline_code"] or "")
        return lambda: self._tell(self.get(row["id"]), type_)

    def show(self, row: sqlite3.Row) -> dict[str, object]:
        """Return the subscription as the API and the webhooks show it, with its newest charges, oldest first."""
        sql = "SELECT payment FROM subscription_charges WHERE subscription = ? ORDER BY rowid DESC LIMIT 100"
        newest = [self._payments.get(each["payment"]) for each in self._store.all(sql, row["id"])]
        names = ("reference", "method", "interval", "interval_count", "max_charges", "time_zone", "sequence")
        return {
            "id": row["id"],
            "object": "subscription",
            "account": row["account"],
            "live": False,
            "status": row["status"],
            "amount": row["amount"],
            "currency": row["currency"],
            **{name: row[name] for name in names},
            "paid_charges": row["paid"],
            "next_charge_at": rfc3339(row["next_at"]) if row["next_at"] is not None else None,
            "ends_at": rfc3339(row["ends_at"]) if row["ends_at"] is not None else None,
            "cancel_at_period_end": bool(row["cancel_at_period_end"]),
            "end_reason": row["end_reason"],
            "token": row["token"],
            "metadata": json.loads(row["metadata"]) if row["metadata"] else {},
            "charges": [self._payments.show(payment) for payment in reversed(newest)],
            "created": rfc3339(row["created"]),
        }

    def _act(self, row: sqlite3.Row) -> int:
        """Do what a subscription's time has come for: end it, try a charge again, or make the next one."""
        at = float(row["next_at"])
        period = self._period(row)
        over = self._over(row, at, period)
        if over is not None:
            type_ = self._end(row, *over)
            self._tell(self.get(row["id"]), type_)
            return 0
        if at < period:  # a failed charge is tried again before the next one is due
            self._charge(self._set(row, next_at=self._after(row)), row["sequence"], row["due_at"], at)
            return 1
        steps = row["steps"] if row["sequence"] == 0 else row["steps"] + 1
        begun = self._set(row, sequence=row["sequence"] + 1, steps=steps, due_at=period)
        self._charge(self._set(begun, next_at=self._after(begun)), begun["sequence"], period, at)
        return 1

    def _over(self, row: sqlite3.Row, at: float, period: float) -> tuple[str, str] | None:
        """Tell the status and the reason of a subscription that ends in place of its next charge."""
        if row["ends_at"] is not None and at >= row["ends_at"]:
            return "completed", "end_date"
        if at >= period and row["cancel_at_period_end"]:
            return "cancelled", "requested"
        if at >= period and row["max_charges"] is not None and row["sequence"] >= row["max_charges"]:
            return "completed", "charges"
        return None

    def _charge(self, row: sqlite3.Row, sequence: int, due_at: float, at: float) -> None:
        """Make one try of one charge. Its key is that of the charge, so that the ledger can hold it only once."""
        asked = CreatePayment(
            amount=row["amount"],
            currency=row["currency"],
            reference=row["reference"],
            method=row["method"],
            capture="automatic",
            return_url=row["base_url"],
            notification_url=row["notification_url"],
            description=row["description"],
        )
        payment = self._payments.create(
            row["account"], asked, key=f"{row['id']}-{sequence}", base_url=row["base_url"], at=at
        )
        self._join(payment, row["id"], sequence, due_at, by_itself=True)
        fault = faults.take(self._store, "charge", row["reference"], _BENT)
        fault = fault or faults.from_amount(self._store, "charge", row["amount"], _BENT)
        outcome = self._tokens.outcome(row["token"], account=row["account"], asked=_outcome(fault))
        self._payments.settle(payment, outcome, fault)

    def _went_well(self, row: sqlite3.Row, charge: sqlite3.Row) -> str:
        began = row["status"] == "incomplete"
        done = self._set(row, status="active", paid=row["paid"] + (charge["sequence"] > 0), tries=0)
        if charge["sequence"] == row["max_charges"]:
            return self._end(done, "completed", "charges")
        self._set(done, next_at=self._after(done))
        return "subscription.activated" if began else "subscription.updated"

    def _failed(self, row: sqlite3.Row, charge: sqlite3.Row, code: str) -> str:
        tries = row["tries"] + 1  # counted on over charges: a rhythm shorter than the pauses must not fail for ever
        past_due = self._set(row, status="past_due", tries=tries)
        if code in HARD or tries > len(RETRY_AFTER_DAYS):
            return self._end(past_due, "cancelled", "payment_failed")
        tried_at = float(self._payments.get(charge["payment"])["created"])
        again = tried_at + RETRY_AFTER_DAYS[tries - 1] * DAY
        self._set(past_due, next_at=min(again, self._after(past_due)))
        return "subscription.past_due"

    def _period(self, row: sqlite3.Row) -> float:
        """Return when the charge after the last one is due; of a trial, the first one."""
        if row["sequence"] == 0:
            return float(row["anchor"])
        steps = row["steps"] + 1
        return rhythm.moment(row["anchor"], row["time_zone"], row["interval"], row["interval_count"], steps)

    def _after(self, row: sqlite3.Row) -> float:
        period = self._period(row)
        return period if row["ends_at"] is None else min(period, row["ends_at"])

    def _end(self, row: sqlite3.Row, status: str, reason: str) -> str:
        self._set(row, status=status, end_reason=reason, next_at=None)
        return f"subscription.{status}"

    def _join(
        self, payment: sqlite3.Row, subscription_id: str, sequence: int, due_at: float, *, by_itself: bool
    ) -> None:
        self._store.run(
            "INSERT INTO subscription_charges (payment, subscription, sequence, due_at, by_itself)"
            " VALUES (?, ?, ?, ?, ?)",
            payment["id"],
            subscription_id,
            sequence,
            due_at,
            by_itself,
        )

    def _tell(self, row: sqlite3.Row, type_: str) -> None:
        self._emitter.emit(row, type_, self.show(row))

    def _set(self, row: sqlite3.Row, **changes: object) -> sqlite3.Row:
        if changes:
            marks = ", ".join(f"{name} = ?" for name in changes)
            self._store.run(f"UPDATE subscriptions SET {marks} WHERE id = ?", *changes.values(), row["id"])  # noqa: S608
        return self.get(row["id"])


def _outcome(fault: ActiveFault | None) -> Outcome | None:
    return fault.outcome if fault is not None else None


def _require_open(row: sqlite3.Row) -> None:
    if row["status"] not in OPEN:
        raise invalid_state("wrong_status", f"The subscription is {row['status']}.")
