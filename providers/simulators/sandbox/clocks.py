"""Let a merchant's subscriptions live ahead of time: one clock for each account, and it only goes forward."""

from .errors import invalid
from .store import Store

LONGEST_STEP = 400 * 86400


class Clocks:
    """The test clocks. What writes must be called inside a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self, account: str) -> float:
        """Return an account's time in Unix seconds: Sandpay's, moved by what the merchant asked for."""
        row = self._store.one("SELECT seconds FROM test_clocks WHERE account = ?", account)
        return self._store.now() + (0.0 if row is None else float(row["seconds"]))

    def advance(self, account: str, *, seconds: float) -> None:
        """Move an account's clock; a step back is none, and one beyond 400 days is refused."""
        if seconds > LONGEST_STEP:
            raise invalid("Move the clock by at most 400 days at a time.", "step_too_long")
        self._store.run(
            "INSERT INTO test_clocks (account, seconds) VALUES (?, ?)"
            " ON CONFLICT (account) DO UPDATE SET seconds = seconds + excluded.seconds",
            account,
            max(0.0, seconds),
        )
