"""Decide from a seed what clients, customers, the PSP and the killer will do. The same seed makes the same plan."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from .kinds import PORT, PSP_KINDS, TARGETS

LEAST_PER_KIND = 3
"""Faults that are dealt of each kind at least: some meet a call that never comes."""
_SLOW = (300, 1500)  # milliseconds; shorter than the hub waits
_SILENT = 4000  # longer than the hub waits


class Customer(StrEnum):
    """What the person in front of the payment does; `TOKEN` is nobody, a stored card is charged."""

    TOKEN = "token"
    POOR = "a token that is declined"
    PAYS = "pays"
    CONFIRMS = "confirms with 3-D Secure"
    DECLINED = "is declined"
    LEAVES = "closes the browser"
    CANCELS = "presses Cancel"


PAYING = (Customer.TOKEN, Customer.PAYS, Customer.CONFIRMS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at the PSP, for one order."""

    operation: str
    name: str
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What an order system means to do about one basket. Amounts are minor units of EUR.

    `captures` are taken one after the other, the last one final; `cancels` gives the hold up, at the same moment as the
    capture where there is one. Each wave of `refunds` is sent at once, the next one when it is answered.
    """

    number: int
    id: str
    amount: int
    authorizes: bool
    customer: Customer
    returns: bool = True
    keyed: bool = True
    doubled: bool = False
    impatient: float | None = None
    asks: bool = False
    captures: tuple[int, ...] = ()
    cancels: bool = False
    refunds: tuple[tuple[int, ...], ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill `targets` at once when `after` orders have begun; start them again `down` seconds later."""

    after: int
    targets: tuple[str, ...]
    down: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was decided before the run."""

    seed: int
    orders: tuple[Order, ...]
    kills: tuple[Kill, ...]

    def faults(self) -> Iterator[tuple[str, str]]:
        """Name the planned faults at the PSP, one for each time."""
        return ((fault.operation, fault.name) for order in self.orders for fault in order.faults)


class TooFew(ValueError):
    """Some kind of fault has no payment that it fits."""


def make_plan(*, seed: int, payments: int, faults: int) -> Plan:
    """Plan a run in which at least `faults` faults should take effect. Raises TooFew."""
    rng = random.Random(seed)
    orders = [_order(rng, seed, number) for number in range(1, payments + 1)]
    _deal(rng, orders, faults)
    return Plan(seed, tuple(orders), tuple(_kills(rng, payments)))


def _order(rng: random.Random, seed: int, number: int) -> Order:
    # Endings from 61 on mean something to the sandbox, and parts are whole euros, so that the rest keeps the ending.
    amount = rng.randrange(10, 400) * 100 + rng.randrange(0, 61)
    customer = _customer(rng)
    order = Order(
        number=number,
        id=f"chaos-{seed}-{number:05d}",
        amount=amount,
        authorizes=rng.random() < 0.4,
        customer=customer,
        returns=rng.random() < 0.8,
        # After a final no the same request without a key is a new payment: whoever may hear one sends a key.
        keyed=rng.random() < 0.8 or customer is Customer.POOR,
        doubled=rng.random() < 0.1,
        impatient=round(rng.uniform(0.02, 0.4), 3) if rng.random() < 0.08 else None,
        asks=rng.random() < 0.3,
    )
    return _after_paying(rng, order) if order.customer in PAYING else order


def _customer(rng: random.Random) -> Customer:
    if rng.random() < 0.65:
        return Customer.TOKEN if rng.random() < 0.94 else Customer.POOR
    page = (Customer.PAYS, Customer.CONFIRMS, Customer.DECLINED, Customer.LEAVES, Customer.CANCELS)
    return rng.choices(page, weights=(70, 8, 8, 8, 6))[0]


def _after_paying(rng: random.Random, order: Order) -> Order:
    """Add captures, a cancel and refunds."""
    taken = order.amount
    if order.authorizes:
        kind = rng.choices(("all", "part", "parts", "cancel", "race"), weights=(33, 18, 18, 22, 9))[0]
        if kind in ("cancel", "race"):
            return replace(order, cancels=True, captures=(order.amount,) if kind == "race" else ())
        captures = {"all": (order.amount,), "part": (_part(rng, order.amount),)}.get(kind) or _parts(rng, order.amount)
        order, taken = replace(order, captures=captures), sum(captures)
    kind = rng.choices(("none", "all", "part", "parts", "over"), weights=(42, 16, 20, 12, 10))[0]
    waves: dict[str, tuple[tuple[int, ...], ...]] = {
        "none": (),
        "all": ((taken,),),
        "part": ((_part(rng, taken),),),
        "parts": tuple((part,) for part in _parts(rng, taken)),
        # Each of them may be given back, any two of them not.
        "over": (tuple(_more_than_half(taken) + 100 * extra for extra in range(3)),),
    }
    return replace(order, refunds=waves[kind])


def _part(rng: random.Random, amount: int) -> int:
    return 100 * rng.randrange(1, max(2, amount // 100))


def _parts(rng: random.Random, amount: int) -> tuple[int, ...]:
    """Split an amount in two to four; all but the last are whole euros, and no two of them equal."""
    whole = amount // 100
    cuts = sorted(rng.sample(range(1, whole), min(rng.randrange(1, 4), whole - 1)))
    parts = [100 * (high - low) for low, high in zip([0, *cuts], cuts, strict=False)]
    # Equal ones without a key would be taken for one that was sent twice: they become part of the last one.
    parts = list(dict.fromkeys(parts))
    while amount - sum(parts) in parts:
        parts.remove(amount - sum(parts))
    return (*parts, amount - sum(parts))


def _more_than_half(amount: int) -> int:
    return 100 * (amount // 200 + 1)


def _deal(rng: random.Random, orders: list[Order], faults: int) -> None:
    """Give faults to orders that can meet them, each kind as often as the others, half as many again as are asked for."""
    wanted = max(faults * 3 // 2, LEAST_PER_KIND * len(PSP_KINDS))
    rounds = -(-wanted // len(PSP_KINDS))
    for operation, name in PSP_KINDS * rounds:
        fitting = [place for place, order in enumerate(orders) if _fits(order, operation, name)]
        if not fitting and operation == "cancel":
            # One that races with a capture may meet it too.
            fitting = [
                place for place, order in enumerate(orders) if _fits(replace(order, captures=()), operation, name)
            ]
        if not fitting:
            raise TooFew(f"There are too few payments for {operation} {name}: give more of them, or fewer faults.")
        place = rng.choice(fitting)
        order, ms = orders[place], _milliseconds(rng, name)
        dealt = [*order.faults, Fault(operation, name, ms)]
        order = replace(order, keyed=order.keyed or name == "pending_then_declined")
        if operation == "fetch":
            # So that there is something to ask about, and nobody tells it meanwhile.
            dealt += [Fault("pay", "close_after_charge"), Fault("webhook", "webhook_never")]
        orders[place] = replace(order, faults=tuple(dealt))


def _fits(order: Order, operation: str, name: str) -> bool:
    """Tell whether the order can meet such a fault and has none of that operation yet."""
    if any(fault.operation == operation for fault in order.faults) or order.customer not in PAYING:
        return False
    ends_there = any(fault.name == "pending_then_declined" for fault in order.faults)
    fits: dict[str, Callable[[], bool]] = {
        "pay": lambda: (
            order.customer is Customer.TOKEN
            and (name != "pending_then_declined" or not {"capture", "cancel", "refund"} & _operations(order))
        ),
        "capture": lambda: bool(order.captures) and not order.cancels,
        "cancel": lambda: order.cancels and not order.captures,
        "refund": lambda: bool(order.refunds) and not order.cancels,
        "fetch": lambda: order.customer is Customer.TOKEN and not order.faults,
        "webhook": lambda: True,
    }
    return fits[operation]() and not ends_there


def _operations(order: Order) -> set[str]:
    return {fault.operation for fault in order.faults}


def _milliseconds(rng: random.Random, name: str) -> int | None:
    return {"delay": rng.randrange(*_SLOW), "no_answer_after_charge": _SILENT}.get(name)


def _kills(rng: random.Random, payments: int) -> Iterator[Kill]:
    """Spread kills over the first nine tenths: every target equally often, now and then a second one with it."""
    count = len(TARGETS) * max(1, payments // 550)
    targets = [target for _ in range(count // len(TARGETS)) for target in rng.sample(TARGETS, len(TARGETS))]
    for number, target in enumerate(targets):
        other = rng.choice(TARGETS) if rng.random() < 0.2 else target
        after = round(payments * 0.9 * (number + rng.random()) / count)
        # Refused connections do harm only to who calls meanwhile; a process that was killed has its start besides.
        least = 2.0 if PORT in (target, other) else 0.1
        yield Kill(after, tuple(dict.fromkeys((target, other))), round(rng.uniform(least, least + 2.4), 2))
