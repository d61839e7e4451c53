"""Do what is due: pending things settle, waiting payments expire, subscriptions charge."""

import asyncio

from .payments import Payments
from .refunds import Refunds
from .store import Store
from .subscriptions import Subscriptions

_NEXT = (
    "SELECT min(at) AS at FROM (SELECT due_at AS at FROM jobs"
    " UNION ALL SELECT expires_at FROM payments WHERE status = 'awaiting_customer'"
    " UNION ALL SELECT s.next_at - coalesce(c.seconds, 0) FROM subscriptions s"
    " LEFT JOIN test_clocks c ON c.account = s.account WHERE s.next_at IS NOT NULL)"
)
PENDING_DECLINE_CODE = "do_not_honor"


class Jobs:
    """The worker for what comes later; its list is in the file and outlives the process."""

    def __init__(self, store: Store, payments: Payments, refunds: Refunds, subscriptions: Subscriptions) -> None:
        self._store = store
        self._payments = payments
        self._refunds = refunds
        self._subscriptions = subscriptions
        self._wake = asyncio.Event()
        store.after_commit.append(self._wake.set)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            if self._seconds_left() == 0:
                self.run_due()
                continue
            try:
                await asyncio.wait_for(self._wake.wait(), self._seconds_left())
            except TimeoutError:
                continue

    def run_due(self) -> None:
        """Do everything that is due by Sandpay's clock."""
        store = self._store
        with store.transaction():
            for job in store.all("SELECT * FROM jobs WHERE due_at <= ? ORDER BY due_at, id", store.now()):
                store.run("DELETE FROM jobs WHERE id = ?", job["id"])
                self._do(job["kind"], job["target"])
            self._payments.expire_due()
            self._subscriptions.charge_due()

    def _seconds_left(self) -> float | None:
        row = self._store.one(_NEXT)
        if row is None or row["at"] is None:
            return None
        return max(0.0, float(row["at"]) - self._store.now())

    def _do(self, kind: str, target: str) -> None:
        if kind in ("payment_paid", "payment_declined"):
            payment = self._payments.get(target)
            if payment["status"] != "processing":
                return
            if kind == "payment_paid":
                self._payments.approve(payment)
            else:
                self._payments.decline(payment, PENDING_DECLINE_CODE)
            return
        refund = self._refunds.get(target)
        if kind == "refund_succeeded" and refund["status"] == "pending":
            self._refunds.succeed(target)
        elif kind == "refund_reversed" and refund["status"] == "succeeded":
            self._refunds.reverse(target)
