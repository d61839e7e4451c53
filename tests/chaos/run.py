"""One run: a stack of its own, a plan, everything at once, and the audit."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import psycopg

from tests.e2e.stack import SHORT_TIMES, Stack, running_stack

from .audit import audit
from .books import Books
from .customer import Customers
from .desk import Desk
from .hub import Hub
from .journal import Journal
from .killer import Killer
from .plan import Order, Plan
from .receiver import Receiver
from .rows import Rows
from .settle import look, settle
from .shop import Shop
from .table import Outcome
from .timeline import tell

AT_ONCE = 60
"""Orders that are being sold at the same time."""
_BURST = 10
"""Orders that are begun at the same moment."""
_MOST_BACKLOG = 300
"""Callbacks and notifications that wait for workers at which no more orders are begun: faults are tried here, not load."""
SETTLE_SECONDS = 360.0
_PROGRESS_EVERY = 5.0
_TIMES = {
    **SHORT_TIMES,
    "API_RATE_LIMIT": "off",
    "BREAKER_PAUSE": "2",
    "CALLBACK_TIMEOUT": "5",
    "INBOX_LEASE": "10",
    # Longer than a request of the hub's can be on its way, and not fifteen minutes: what a kill took is given up soon.
    "NOT_FOUND_GRACE": "20",
}


def run(plan: Plan, *, folder: Path, seconds: float, wanted: int, port: int | None) -> Outcome:
    """Carry out a plan; orders are begun evenly over `seconds`, where the machine is fast enough."""
    with running_stack(folder, port=port, times=_TIMES) as stack:
        journal = Journal()
        receiver = Receiver(stack.demo["webhookSecret"], plan.seed, journal)
        try:
            return asyncio.run(_run(plan, stack, receiver, journal, seconds, wanted))
        finally:
            receiver.close()


async def _run(plan: Plan, stack: Stack, receiver: Receiver, journal: Journal, seconds: float, wanted: int) -> Outcome:
    hub = Hub(stack.base_url, stack.demo["apiKey"], journal)
    customers, desk = Customers(journal), Desk(stack.ports.psp_control)
    rows, books = Rows(stack.servers.database_url), Books(stack.layout.var_dir / "sandbox.sqlite3")
    shop = Shop(hub, receiver, customers, desk)
    killer = Killer(stack, desk, hub, journal)
    chaos = Chaos(plan, shop, killer, journal, seconds, rows)
    beside = [asyncio.create_task(work) for work in (killer.watch(), _progress(plan, chaos, hub, receiver, journal))]
    try:
        await chaos.run()
        ran = journal.seconds
        await asyncio.to_thread(stack.restore)
        await desk.open_port(True)
        left = await settle(rows=rows, books=books, shop=shop, journal=journal, seconds=SETTLE_SECONDS)
        settled = journal.seconds - ran
        effects = journal.effects + Counter(await desk.effects())
        for task in beside:
            if task.done():
                task.result()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        for client in (hub, customers, desk):
            await client.close()
    ids = tuple(order.id for order in plan.orders)
    world = look(orders=ids, stack=stack, rows=rows, books=books, hub=hub, receiver=receiver, left=left)
    violations = audit(world)
    histories = {each.order: tell(each.order, rows, books, journal) for each in violations if each.order}
    return Outcome(
        plan,
        wanted,
        world,
        violations,
        journal.surprises,
        effects,
        journal.answers,
        rows.items(),
        ran,
        settled,
        histories,
    )


class Chaos:
    """Sells all orders, and kills at the planned ones."""

    def __init__(self, plan: Plan, shop: Shop, killer: Killer, journal: Journal, seconds: float, rows: Rows) -> None:
        self._plan, self._shop, self._killer, self._journal, self._seconds = plan, shop, killer, journal, seconds
        self._rows = rows
        self.begun = self.ended = self.kills = 0

    async def run(self) -> None:
        """Sell and kill at the same time; what has not ended after four times the time is broken off and told."""
        most = 4 * self._seconds + 120
        try:
            async with asyncio.timeout(most):
                await asyncio.gather(self._kill(), self._sell())
        except TimeoutError:
            ended = f"{self.ended} of {len(self._plan.orders)} orders and {self.kills} of {len(self._plan.kills)} kills"
            self._journal.surprise(f"{ended} had ended after {most:.0f} s: give fewer PAYMENTS, or more SECONDS")

    async def _kill(self) -> None:
        for kill in self._plan.kills:
            while self.begun < kill.after:
                await asyncio.sleep(0.05)
            await self._killer.carry_out(kill)
            self.kills += 1

    async def _sell(self) -> None:
        slots, began = asyncio.Semaphore(AT_ONCE), time.monotonic()
        pause = self._seconds / len(self._plan.orders)
        async with asyncio.TaskGroup() as group:
            for order in self._plan.orders:
                await asyncio.sleep(max(0.0, began + pause * (order.number // _BURST * _BURST) - time.monotonic()))
                await self._wait_for_kills(order)
                if order.number % _BURST == 0:
                    await self._wait_for_workers()
                await slots.acquire()
                self.begun += 1
                group.create_task(self._one(order, slots))

    async def _one(self, order: Order, slots: asyncio.Semaphore) -> None:
        try:
            await self._shop.sell(order)
        finally:
            slots.release()
            self.ended += 1

    async def _wait_for_kills(self, order: Order) -> None:
        """Begin no order while two kills are due: they are to meet orders, all of them."""
        while self.kills + 1 < sum(kill.after < order.number for kill in self._plan.kills):
            await asyncio.sleep(0.1)

    async def _wait_for_workers(self) -> None:
        """Begin no order while the workers are far behind; a worker or database that is down is no reason to wait."""
        while self._killer.is_idle:
            try:
                behind = await asyncio.to_thread(self._rows.backlog)
            except psycopg.OperationalError:
                return
            if behind < _MOST_BACKLOG:
                return
            await asyncio.sleep(0.5)


async def _progress(plan: Plan, chaos: Chaos, hub: Hub, receiver: Receiver, journal: Journal) -> None:
    """Print a line every few seconds; runs until cancelled."""
    while True:
        await asyncio.sleep(_PROGRESS_EVERY)
        parts = (
            f"seed {plan.seed}",
            f"{journal.seconds:4.0f} s",
            f"orders {chaos.ended}/{chaos.begun} of {len(plan.orders)}",
            f"in flight {hub.in_flight}",
            f"kills {chaos.kills}/{len(plan.kills)}",
            f"callbacks {len(receiver.taken)}",
            journal.last,
        )
        print("  ".join(parts), flush=True)
