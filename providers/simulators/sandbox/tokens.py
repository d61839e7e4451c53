"""Keep means of payment for later charges: a token is good once the payment that left it here has succeeded."""

import sqlite3

from . import magic
from .errors import invalid, not_found
from .magic import Outcome
from .store import Store, new_id, rfc3339

REVOKED = Outcome("decline", "token_revoked")
WANTS_CUSTOMER = Outcome("decline", "authentication_required")


class Tokens:
    """Kept tokens of all accounts. What writes must be called inside a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, payment: sqlite3.Row) -> None:
        """Make the token that a payment will leave here."""
        self._store.run(
            "INSERT INTO kept_tokens (id, account, payment, status, created) VALUES (?, ?, ?, 'waiting', ?)",
            new_id("tok_kept"),
            payment["account"],
            payment["id"],
            self._store.now(),
        )

    def get(self, token: str, *, account: str) -> sqlite3.Row:
        """Return one token of an account; `ApiError` 404 otherwise."""
        row = self._store.one("SELECT * FROM kept_tokens WHERE id = ? AND account = ?", token, account)
        if row is None:
            raise not_found("token")
        return row

    def of_payment(self, payment_id: str) -> sqlite3.Row | None:
        """Return the token that a payment leaves here, if it leaves one."""
        return self._store.one("SELECT * FROM kept_tokens WHERE payment = ?", payment_id)

    def remember(self, payment_id: str, later: str) -> None:
        """Note what the means that its customer chose will do later: the name of a fault, empty for nothing."""
        self._store.run("UPDATE kept_tokens SET later = ? WHERE payment = ?", later, payment_id)

    def settled(self, payment: sqlite3.Row) -> None:
        """Make the token good, once the payment that leaves it has succeeded."""
        if payment["status"] in ("paid", "authorized"):
            self._store.run(
                "UPDATE kept_tokens SET status = 'active' WHERE payment = ? AND status = 'waiting'", payment["id"]
            )

    def revoke(self, token: sqlite3.Row) -> sqlite3.Row:
        """Give a token up; whoever does it twice has done it once."""
        self._store.run("UPDATE kept_tokens SET status = 'revoked' WHERE id = ?", token["id"])
        return self.get(token["id"], account=token["account"])

    def outcome(self, token: str, *, account: str, asked: Outcome | None) -> Outcome:
        """Tell what a charge of a token without its customer comes to; 400 where it was never good."""
        row = self._store.one("SELECT * FROM kept_tokens WHERE id = ? AND account = ?", token, account)
        if row is None or row["status"] == "waiting":
            raise invalid("There is no such token that can be charged.", "invalid_token")
        if row["status"] == "revoked":
            return REVOKED
        later = magic.BY_NAME[row["later"]].outcome if row["later"] else None
        outcome = asked or later or magic.APPROVE
        return WANTS_CUSTOMER if outcome.kind == "three_d_secure" else outcome


def show(token: sqlite3.Row) -> dict[str, object]:
    """Return a token as the API shows it."""
    return {
        "id": token["id"],
        "object": "token",
        "account": token["account"],
        "live": False,
        "status": token["status"],
        "payment": token["payment"],
        "created": rfc3339(token["created"]),
    }
