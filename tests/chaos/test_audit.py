"""Each promise is found broken where it is: a right world is audited as right, and one wrong row as that wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from .audit import BALANCED, NAMES, NOTHING_LEFT, audit
from .world import Asked, Entry, HubAttempt, HubEvent, HubPayment, Received, World

# One order that was authorised with 10.00, captured in part with 7.00, and refunded with 2.00; one that was declined.
PAID = HubPayment("pay_1", "one", "PARTIALLY_REFUNDED", True, 1000, 700, 700, 200, 0, 0, 3)
FAILED = HubPayment("pay_2", "two", "PAYMENT_FAILED", False, 500, 0, 0, 0, 0, 0, 1)
ATTEMPTS = (
    HubAttempt("pay_1", "authorize", "SUCCEEDED", 1000, "k-auth"),
    HubAttempt("pay_1", "capture", "SUCCEEDED", 700, "k-capture"),
    HubAttempt("pay_1", "refund", "SUCCEEDED", 200, "k-refund"),
    HubAttempt("pay_2", "pay", "DECLINED", 500, "k-declined"),
)
ENTRIES = (
    Entry("authorize", "one", "sp_1", "k-auth", 1000),
    Entry("capture", "one", "sp_1", "k-capture", 700),
    Entry("release", "one", "sp_1", "k-capture", 300),
    Entry("refund", "one", "sp_1", "k-refund", 200),
)
EVENTS = (
    HubEvent("pay_1", "evt_1", 1, "payment.authorized", True),
    HubEvent("pay_1", "evt_2", 2, "payment.captured", True),
    HubEvent("pay_1", "evt_3", 3, "refund.succeeded", True),
    HubEvent("pay_2", "evt_4", 1, "payment.failed", True),
)
RECEIVED = (
    Received("one", "pay_1", "evt_2", 2, "b"),
    Received("one", "pay_1", "evt_1", 1, "a"),
    Received("one", "pay_1", "evt_1", 1, "a"),
    Received("one", "pay_1", "evt_3", 3, "c"),
    Received("two", "pay_2", "evt_4", 1, "d"),
)
ASKED = (
    Asked("one", "authorize", 1000, ((200, "PENDING", "pay_1", ""), (200, "OK", "pay_1", ""))),
    Asked("one", "capture", 700, ((200, "OK", "pay_1", ""),)),
    Asked("one", "refund", 200, ((200, "PENDING", "pay_1", "rf_1"),)),
    Asked("one", "refund", 900, ((422, "over_refund", "", ""),)),
    Asked("two", "pay", 500, ((200, "KO", "pay_2", ""),)),
)
RIGHT = World(("one", "two"), (PAID, FAILED), ATTEMPTS, EVENTS, ENTRIES, RECEIVED, ASKED)


def test_a_right_world_breaks_no_promise() -> None:
    assert audit(RIGHT) == []


def _payment(**changes: object) -> Callable[[World], World]:
    return lambda world: replace(world, payments=(replace(PAID, **changes), FAILED))


def _entries(*more: Entry, without: int = 0) -> Callable[[World], World]:
    return lambda world: replace(world, entries=(*ENTRIES[: len(ENTRIES) - without], *more))


def _attempt(number: int, **changes: object) -> Callable[[World], World]:
    def change(world: World) -> World:
        rows = list(world.attempts)
        rows[number] = replace(rows[number], **changes)
        return replace(world, attempts=tuple(rows))

    return change


def _asked(number: int, *replies: tuple[int, str, str, str]) -> Callable[[World], World]:
    def change(world: World) -> World:
        rows = list(world.asked)
        rows[number] = replace(rows[number], replies=replies)
        return replace(world, asked=tuple(rows))

    return change


WRONG: dict[str, tuple[Callable[[World], World], str, str]] = {
    "the hub knows a cent more than the PSP took": (
        _payment(captured=701, authorized=701),
        "agrees with psp",
        "captured: the hub says 701, the PSP 700",
    ),
    "the hub knows nothing of a refund": (
        _entries(Entry("refund", "one", "sp_1", "k-2", 1)),
        "agrees with psp",
        "refunded: the hub says 200, the PSP 201",
    ),
    "a hold that the PSP has released is still held": (
        _payment(authorized=1000),
        "agrees with psp",
        "held: the hub says 300, the PSP 0",
    ),
    "a chargeback is unknown": (
        _entries(Entry("chargeback", "one", "sp_1", "", 500)),
        "agrees with psp",
        "charged back: the hub says 0, the PSP 500",
    ),
    "a move has no attempt": (
        _attempt(2, key="another"),
        "every move has its attempt",
        "refund of 200 at the PSP is no attempt at the hub",
    ),
    "a move's attempt has failed": (
        _attempt(2, state="DECLINED"),
        "every move has its attempt",
        "refund of 200 at the PSP is DECLINED at the hub",
    ),
    "an attempt has moved nothing": (
        _attempt(3, state="SUCCEEDED"),
        "every move has its attempt",
        "pay of 500 has succeeded at the hub and moved nothing at the PSP",
    ),
    "two charges": (
        _entries(Entry("charge", "one", "sp_2", "k-again", 1000)),
        "charged once",
        "2 charges at the PSP: [1000, 1000]",
    ),
    "two captures under one key": (
        _entries(Entry("capture", "one", "sp_1", "k-capture", 100)),
        "charged once",
        "2 times capture under one key",
    ),
    "more is taken than was to be paid": (
        _entries(Entry("capture", "one", "sp_1", "k-more", 301)),
        "charged once",
        "1001 was taken, 1000 was to be paid",
    ),
    "two payments of one shop transaction": (
        lambda world: replace(world, payments=(*world.payments, replace(PAID, id="pay_3", captured=0, refunded=0))),
        "charged once",
        "2 payments at the hub that are not over",
    ),
    "two payments under one key": (
        lambda world: replace(world, payments=(*world.payments, replace(FAILED, id="pay_3"))),
        "one final state",
        "2 payments at the hub, one was to be",
    ),
    "more is given back than was taken": (
        _entries(Entry("refund", "one", "sp_1", "k-2", 501)),
        "refunded within capture",
        "after refund of 501 there was 1 more given back than taken",
    ),
    "more was given back for a moment": (
        _entries(Entry("refund", "one", "sp_1", "k-2", 600), Entry("refund_reversed", "one", "sp_1", "k-2", 600)),
        "refunded within capture",
        "after refund of 600 there was 100 more given back than taken",
    ),
    "a payment is in between": (
        _payment(state="REFUND_REQUESTED"),
        "one final state",
        "state REFUND_REQUESTED with 700 captured and 200 refunded",
    ),
    "a paid one has given its shop transaction id up": (
        _payment(claimed=False),
        "one final state",
        "the shop transaction id is not claimed in PARTIALLY_REFUNDED",
    ),
    "a reserve is left": (_payment(refund_reserved=50), "one final state", "50 is still reserved for a refund"),
    "an attempt hangs": (_attempt(3, state="UNKNOWN"), "one final state", "pay of 500 is UNKNOWN"),
    "an order has no payment": (
        lambda world: replace(world, orders=(*world.orders, "three")),
        "one final state",
        "0 payments at the hub, one was to be",
    ),
    "an event was never delivered": (
        lambda world: replace(world, received=tuple(one for one in RECEIVED if one.event != "evt_3")),
        "callbacks without holes",
        "refund.succeeded (number 3) was never delivered, and the hub says it was",
    ),
    "the numbers have a hole": (
        lambda world: replace(world, events=tuple(one for one in EVENTS if one.id != "evt_2")),
        "callbacks without holes",
        "events are numbered [1, 3], the payment has counted 3",
    ),
    "the last event is missing": (
        _payment(sequence=4),
        "callbacks without holes",
        "events are numbered [1, 2, 3], the payment has counted 4",
    ),
    "a callback tells of no event": (
        lambda world: replace(world, received=(*RECEIVED, Received("one", "pay_1", "evt_9", 4, "z"))),
        "callbacks without holes",
        "a callback came with number 4 of an event that does not exist",
    ),
    "the same event came with another content": (
        lambda world: replace(world, received=(*RECEIVED, Received("one", "pay_1", "evt_1", 1, "other"))),
        "callbacks without holes",
        "evt_1 came with 2 different contents",
    ),
    "told OK and nothing moved": (
        _asked(4, (200, "OK", "pay_2", "")),
        "words are kept",
        "pay: the order system was told OK for 500 and perhaps for 500, the PSP moved 0",
    ),
    "told KO and it moved": (
        _asked(2, (200, "KO", "pay_1", "rf_1")),
        "words are kept",
        "refund: the order system was told OK for 0 and perhaps for 0, the PSP moved 200",
    ),
    "told OK, and then KO": (
        _asked(1, (200, "OK", "pay_1", ""), (200, "KO", "pay_1", "")),
        "words are kept",
        "capture of 700 was answered both OK and KO",
    ),
    "a double click made two refunds": (
        _asked(2, (200, "PENDING", "pay_1", "rf_1"), (200, "PENDING", "pay_1", "rf_2")),
        "words are kept",
        "refund of 200, sent twice, was done twice: ['rf_1', 'rf_2']",
    ),
    "a request was never answered": (_asked(3), "words are kept", "refund of 900 was never answered"),
    "the ledger proof finds something": (
        lambda world: replace(world, imbalance=(("one", "captured: 700 expected, 699 found"),)),
        BALANCED,
        "captured: 700 expected, 699 found",
    ),
    "something lies about": (
        lambda world: replace(world, waiting=("the hub has 1 callbacks not delivered",)),
        NOTHING_LEFT,
        "the hub has 1 callbacks not delivered",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_world_is_found_wrong(what: str) -> None:
    break_it, rule, text = WRONG[what]

    found = audit(break_it(RIGHT))

    assert (rule, text) in [(violation.rule, violation.text) for violation in found]


def test_without_a_key_a_declined_payment_may_be_followed_by_another() -> None:
    again = replace(FAILED, id="pay_3")
    told = replace(ASKED[4], keyed=False, replies=((200, "KO", "pay_2", ""), (200, "KO", "pay_3", "")))
    event, received = replace(EVENTS[3], payment="pay_3", id="evt_5"), replace(RECEIVED[4], event="evt_5")

    world = replace(
        RIGHT,
        payments=(PAID, FAILED, again),
        asked=(*ASKED[:4], told),
        events=(*EVENTS, event),
        received=(*RECEIVED, received),
    )

    assert audit(world) == []


def test_every_promise_has_a_world_in_which_it_is_broken() -> None:
    assert {rule for _, rule, _ in WRONG.values()} == set(NAMES)
