"""Send what is queued: one delivery of a payment at a time, payments side by side, retries with back-off."""

import asyncio
import secrets
import sqlite3
import time
from functools import partial

import httpx

from . import webhooks
from .store import Store

BACKOFF = (1, 2, 4, 8, 16, 30, 60)
MAX_TRIES = 12
MAX_AT_ONCE = 500
_DUE = (
    "SELECT d.* FROM deliveries d JOIN (SELECT min(id) AS id FROM deliveries"
    " WHERE state = 'pending' AND next_at <= ? GROUP BY payment) first ON first.id = d.id ORDER BY d.id"
)


class Deliverer:
    """The worker that POSTs webhooks."""

    def __init__(self, store: Store, timeout: float) -> None:
        self._store = store
        self._wake = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._client = httpx.AsyncClient(
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            headers={"User-Agent": "Sandpay-Webhooks/1", "Content-Type": "application/json"},
        )
        store.after_commit.append(self._wake.set)

    @property
    def paused(self) -> bool:
        """Tell whether deliveries are held back."""
        return self._store.meta("webhooks_paused") == "1"

    async def run(self) -> None:
        """Work until cancelled."""
        with self._store.transaction():
            self._store.run("UPDATE deliveries SET state = 'pending' WHERE state = 'early'")
        try:
            while True:
                self._wake.clear()
                if not self.paused:
                    self._start_due()
                await self._sleep()
        finally:
            for task in self._busy.values():
                task.cancel()
            await self._client.aclose()

    def _start_due(self) -> None:
        for row in self._store.all(_DUE, self._store.now()):
            if row["payment"] not in self._busy and len(self._busy) < MAX_AT_ONCE:
                task = asyncio.create_task(self._deliver(row))
                self._busy[row["payment"]] = task
                task.add_done_callback(partial(self._done, row["payment"]))

    def _done(self, payment: str, task: asyncio.Task[None]) -> None:
        del self._busy[payment]
        self._wake.set()
        if not task.cancelled():
            task.result()

    async def _sleep(self) -> None:
        now = self._store.now()
        row = self._store.one("SELECT min(next_at) AS at FROM deliveries WHERE state = 'pending' AND next_at > ?", now)
        due = row["at"] if row is not None else None
        try:
            await asyncio.wait_for(self._wake.wait(), None if due is None or self.paused else max(due - now, 0.005))
        except TimeoutError:
            return

    async def deliver_early(self, payment_id: str) -> None:
        """Deliver what must arrive before an answer is sent, and wait for it; what fails is queued like the rest."""
        rows = self._store.all("SELECT * FROM deliveries WHERE payment = ? AND state = 'early' ORDER BY id", payment_id)
        for row in rows:
            if self.paused:
                with self._store.transaction():
                    self._store.run("UPDATE deliveries SET state = 'pending' WHERE id = ?", row["id"])
            else:
                await self._deliver(row)

    async def _deliver(self, row: sqlite3.Row) -> None:
        store = self._store
        found = store.one("SELECT body, account FROM events WHERE id = ?", row["event"])
        if found is None:
            return
        account = store.one("SELECT * FROM accounts WHERE id = ?", found["account"])
        keys = [account["webhook_secret"], account["webhook_secret_2"]] if account else []
        if row["forged"]:
            keys = [secrets.token_hex(16)]
        started = time.monotonic()
        status, error = await self._post(row["url"], found["body"], [key for key in keys if key])
        with store.transaction():
            self._record(row, status, error, round((time.monotonic() - started) * 1000))

    async def _post(self, url: str, body: str, keys: list[str]) -> tuple[int | None, str | None]:
        try:
            async with self._client.stream(
                "POST", url, content=body, headers={"Sandpay-Signature": webhooks.sign(keys, body)}
            ) as answer:
                return answer.status_code, None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return None, type(error).__name__

    def _record(self, row: sqlite3.Row, status: int | None, error: str | None, milliseconds: int) -> None:
        store = self._store
        store.run(
            "INSERT INTO delivery_attempts (delivery, at, status, error, milliseconds) VALUES (?, ?, ?, ?, ?)",
            row["id"],
            store.now(),
            status,
            error,
            milliseconds,
        )
        tries = row["tries"] + 1
        state = "failed" if tries >= MAX_TRIES or row["forged"] else "pending"
        if status is not None and 200 <= status < 300:
            state = "delivered"
        wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
        store.run(
            "UPDATE deliveries SET state = ?, tries = ?, next_at = ? WHERE id = ?",
            state,
            tries,
            store.now() + wait,
            row["id"],
        )
