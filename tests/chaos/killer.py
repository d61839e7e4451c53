"""Kill the stack's processes with SIGKILL while requests are in flight, and start them again."""

import asyncio
import time

import psycopg

from tests.e2e.stack import Stack

from .desk import Desk
from .hub import Hub
from .journal import Journal
from .kinds import PORT, kill_kind
from .plan import Kill

_WAIT_FOR_WORK = 5.0
_BACK_SECONDS = 120.0
_TRIED = "SELECT 1 FROM payments_deliverytry t WHERE t.delivery_id = d.id AND t.number = d.tries"
_AT_WORK = {
    # A callback is being sent, or a notification waits to be understood.
    "worker": f"SELECT EXISTS (SELECT 1 FROM payments_delivery d WHERE d.state = 'due' AND d.tries > 0 AND NOT EXISTS ({_TRIED}))"
    " OR EXISTS (SELECT 1 FROM payments_inboxmessage WHERE state = 'new')",
    "relay": "SELECT EXISTS (SELECT 1 FROM payments_outboxevent WHERE published_at IS NULL)",
    "psp": "SELECT EXISTS (SELECT 1 FROM payments_attempt WHERE state = 'OPEN')",
}
"""Whether a victim has work in its hands; of the others it is known from the requests in flight."""
_SIGNS = {
    "relay": "SELECT EXISTS (SELECT 1 FROM payments_outboxevent WHERE published_at > to_timestamp(%s))",
    "worker": "SELECT EXISTS (SELECT 1 FROM payments_delivery WHERE delivered_at > to_timestamp(%s))",
    "beat": "SELECT EXISTS (SELECT 1 FROM payments_periodicrun WHERE created_at > to_timestamp(%s))",
}
"""A sign of life from after the restart, of those that answer no request."""


class Killer:
    """Carries out kills one after the other. A kill counts once its victim has died at work and works again."""

    def __init__(self, stack: Stack, desk: Desk, hub: Hub, journal: Journal) -> None:
        self._stack, self._desk, self._hub, self._journal = stack, desk, hub, journal
        self.is_idle = True

    async def carry_out(self, kill: Kill) -> None:
        """Kill, wait, start again, and wait for signs of life."""
        await self._wait_for_work(kill.targets[0])
        self.is_idle = False
        at_work = {target: await self._is_at_work(target) for target in kill.targets}
        in_flight, said_no = self._hub.in_flight, self._hub.refused_for_now
        for target in kill.targets:
            if target == PORT:
                await self._desk.open_port(False)
            else:
                await asyncio.to_thread(_kill, self._stack, target)
        self._journal.say(f"killed {' and '.join(kill.targets)} with {in_flight} requests in flight")
        await asyncio.sleep(kill.down)
        began = time.time()
        await self._start(kill.targets)
        for target in kill.targets:
            did_harm = self._hub.refused_for_now > said_no if target == PORT else at_work[target]
            if await self._is_back(target, began) and did_harm:
                self._journal.took_effect(kill_kind(target))
        self.is_idle = True
        self._journal.say(f"{' and '.join(kill.targets)} back after {time.time() - began:.1f} s")

    async def _wait_for_work(self, target: str) -> None:
        deadline = time.monotonic() + _WAIT_FOR_WORK
        while time.monotonic() < deadline and not await self._is_at_work(target):
            await asyncio.sleep(0.01)

    async def _is_at_work(self, target: str) -> bool:
        """Tell whether requests are in flight and the victim has work in its hands."""
        if not self._hub.in_flight:
            return False
        return target not in _AT_WORK or await asyncio.to_thread(self._holds, _AT_WORK[target])

    async def _start(self, targets: tuple[str, ...]) -> None:
        if "redis" in targets or "postgres" in targets:
            await asyncio.to_thread(self._stack.start_servers)
        children = [target for target in targets if target not in ("redis", "postgres", PORT)]
        await asyncio.to_thread(self._stack.start, *children)
        if PORT in targets:
            await self._desk.open_port(True)

    async def _is_back(self, target: str, began: float) -> bool:
        """Wait for a sign of life of whoever was killed."""
        deadline = time.monotonic() + _BACK_SECONDS
        while time.monotonic() < deadline:
            if target in _SIGNS:
                alive = await asyncio.to_thread(self._holds, _SIGNS[target], began)
            else:
                alive = await asyncio.to_thread(_is_ready, self._stack)
            if alive:
                return True
            await asyncio.sleep(0.3)
        self._journal.surprise(f"{target} gave no sign of life in {_BACK_SECONDS:.0f} s after its restart")
        return False

    def _holds(self, statement: str, *values: object) -> bool:
        try:
            with psycopg.connect(self._stack.servers.database_url) as connection:
                return bool(connection.execute(statement, values or None).fetchall()[0][0])
        except psycopg.OperationalError:
            return False

    async def watch(self) -> None:
        """See who ends without having been killed, and start it again; runs until cancelled."""
        while True:
            await asyncio.sleep(1)
            for name in await asyncio.to_thread(self._stack.ended):
                self._journal.surprise(f"{name} ended by itself:\n{self._stack.tail(name)}")
                await asyncio.to_thread(self._stack.start, name)


def _kill(stack: Stack, target: str) -> None:
    if target == "redis":
        stack.kill_valkey()
    elif target == "postgres":
        stack.kill_postgres()
    else:
        stack.kill(target)


def _is_ready(stack: Stack) -> bool:
    return stack.is_ready()
