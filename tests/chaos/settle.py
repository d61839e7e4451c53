"""Wait until everything has come to its end, then write down how the world stands."""

import asyncio
import contextlib
import json
import time

from tests.e2e.stack import Stack

from .books import Books
from .hub import Hub
from .journal import Journal
from .receiver import Receiver
from .rows import Rows
from .shop import Shop
from .world import Asked, Received, World

_LOOK_AGAIN = 2.0
_TIDY_UP_SECONDS = 20.0


async def settle(*, rows: Rows, books: Books, shop: Shop, journal: Journal, seconds: float) -> list[str]:
    """Let the order system tidy up and wait until nobody has anything left to do; returns what is left after the time."""
    deadline = time.monotonic() + seconds
    while True:
        for order, payment, held in await asyncio.to_thread(rows.left_open):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TIDY_UP_SECONDS):
                    await shop.tidy_up(order, payment, held=held)
        left = [*await asyncio.to_thread(books.waiting), *await asyncio.to_thread(rows.waiting)]
        if not left or time.monotonic() > deadline:
            return left
        journal.last = f"settling: {'; '.join(left)}"
        await asyncio.sleep(_LOOK_AGAIN)


def look(
    *, orders: tuple[str, ...], stack: Stack, rows: Rows, books: Books, hub: Hub, receiver: Receiver, left: list[str]
) -> World:
    """Read everything that is known."""
    return World(
        orders=orders,
        payments=rows.payments(),
        attempts=rows.attempts(),
        events=rows.events(),
        entries=books.entries(),
        received=tuple(
            Received(one.order, one.payment, one.event, one.sequence, one.digest) for one in list(receiver.taken)
        ),
        asked=tuple(
            Asked(
                intent.order,
                intent.kind,
                intent.amount,
                tuple((reply.status, reply.word, reply.payment, reply.thing) for reply in intent.replies),
                keyed=intent.key is not None,
            )
            for intent in hub.intents
        ),
        waiting=tuple(left),
        imbalance=_imbalance(stack, {payment.id: payment.order for payment in rows.payments()}),
    )


def _imbalance(stack: Stack, orders: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Run the ledger proof, as an operator does."""
    proof = json.loads(stack.manage("ledger_proof", "--json", expected=(0, 1)))
    return tuple(
        (
            orders.get(finding["payment"], ""),
            f"{finding['what']} {finding['about']}: {finding['expected']} expected, {finding['found']} found",
        )
        for finding in proof["findings"]
    )
