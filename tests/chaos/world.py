"""What is known when everything has settled: rows of the hub, of the PSP's books, and of the order system."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class HubPayment:
    """A payment as the hub knows it; `refunded` is by us and elsewhere, amounts are minor units."""

    id: str
    order: str
    state: str
    claimed: bool
    amount: int
    authorized: int
    captured: int
    refunded: int
    refund_reserved: int
    charged_back: int
    sequence: int


@dataclass(frozen=True, slots=True)
class HubAttempt:
    """One operation of the hub's at the PSP."""

    payment: str
    kind: str
    state: str
    amount: int
    key: str


@dataclass(frozen=True, slots=True)
class HubEvent:
    """One event that callbacks tell."""

    payment: str
    id: str
    sequence: int
    type: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the PSP's ledger; `order` is the reference, `key` the idempotency key of the call that moved it."""

    kind: str
    order: str
    payment: str
    key: str
    amount: int


@dataclass(frozen=True, slots=True)
class Received:
    """One callback that the order system took."""

    order: str
    payment: str
    event: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One intent of the order system, with each last word that it was told: status, word, payment, refund.

    Without a key, a pay that has finally failed may be followed by a new payment when it is sent again.
    """

    order: str
    kind: str
    amount: int
    replies: tuple[tuple[int, str, str, str], ...]
    keyed: bool = True

    def words(self) -> set[str]:
        """What it was told, in the hub's words."""
        return {word for status, word, _, _ in self.replies if status == 200}


@dataclass(frozen=True, slots=True)
class World:
    """Everything of one run. `waiting` names what lies about undone, `imbalance` what the ledger proof found."""

    orders: tuple[str, ...]
    payments: tuple[HubPayment, ...]
    attempts: tuple[HubAttempt, ...]
    events: tuple[HubEvent, ...]
    entries: tuple[Entry, ...]
    received: tuple[Received, ...]
    asked: tuple[Asked, ...]
    waiting: tuple[str, ...] = ()
    imbalance: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept; `order` is "" where it is nobody's."""

    rule: str
    order: str
    text: str


T = TypeVar("T")


@dataclass
class ByOrder:
    """The rows of one order, for the rules."""

    payments: list[HubPayment] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    attempts: list[HubAttempt] = field(default_factory=list)
    events: list[HubEvent] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def moved(self, *kinds: str) -> int:
        """Add up the PSP's entries of some kinds."""
        return sum(entry.amount for entry in self.entries if entry.kind in kinds)


def by_order(world: World) -> dict[str, ByOrder]:
    """Sort everything by order; rows of orders that nobody placed have a place too."""
    found: dict[str, ByOrder] = defaultdict(ByOrder)
    owner = {payment.id: payment.order for payment in world.payments}
    for order in world.orders:
        found[order]
    _put(world.payments, lambda row: found[row.order].payments)
    _put(world.entries, lambda row: found[row.order].entries)
    _put(world.attempts, lambda row: found[owner[row.payment]].attempts)
    _put(world.events, lambda row: found[owner[row.payment]].events)
    _put(world.received, lambda row: found[row.order].received)
    _put(world.asked, lambda row: found[row.order].asked)
    return found


def _put(rows: Iterable[T], place: Callable[[T], list[T]]) -> None:
    for row in rows:
        place(row).append(row)
