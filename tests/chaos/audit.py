"""The promises, one function each: given everything that is known after a run, name what was not kept."""

from collections import Counter
from collections.abc import Callable, Iterator

from .world import ByOrder, Violation, World, by_order

Rule = Callable[[ByOrder], Iterator[str]]

_UNDECIDED = ("READY", "OPEN", "PENDING", "UNKNOWN")
_OVER = ("PAYMENT_FAILED", "PAYMENT_CANCELLED", "PAYMENT_EXPIRED")
_PAID = ("PAYMENT_EXECUTED", "REFUND_FAILED")
_PARTLY_REFUNDED = ("PARTIALLY_REFUNDED", "SUBSEQUENT_REFUND_FAILED")
_PAYING = ("pay", "authorize")
_MOVED_BY = {
    "charge": ("pay",),
    "authorize": ("authorize",),
    "capture": ("capture",),
    "refund": ("refund",),
    "refund_reversed": ("refund",),
}


def agrees_with_psp(rows: ByOrder) -> Iterator[str]:
    """The hub and the PSP's ledger agree to the cent."""
    ours = {
        "captured": sum(payment.captured for payment in rows.payments),
        "refunded": sum(payment.refunded for payment in rows.payments),
        "held": sum(payment.authorized - payment.captured for payment in rows.payments),
        "charged back": sum(payment.charged_back for payment in rows.payments),
    }
    theirs = {
        "captured": rows.moved("charge", "capture"),
        "refunded": rows.moved("refund") - rows.moved("refund_reversed"),
        "held": rows.moved("authorize") - rows.moved("capture", "release"),
        "charged back": rows.moved("chargeback") - rows.moved("chargeback_won"),
    }
    for what, amount in ours.items():
        if amount != theirs[what]:
            yield f"{what}: the hub says {amount}, the PSP {theirs[what]}"


def every_move_has_its_attempt(rows: ByOrder) -> Iterator[str]:
    """Each move at the PSP is one attempt of the hub's that succeeded, of that amount; and the other way round."""
    moved = {(entry.key, entry.amount) for entry in rows.entries if entry.kind in _MOVED_BY}
    known = {(attempt.key, attempt.amount): attempt for attempt in rows.attempts}
    for entry in rows.entries:
        kinds = _MOVED_BY.get(entry.kind)
        attempt = known.get((entry.key, entry.amount))
        if kinds and (attempt is None or attempt.kind not in kinds or attempt.state != "SUCCEEDED"):
            yield f"{entry.kind} of {entry.amount} at the PSP is {attempt.state if attempt else 'no attempt'} at the hub"
    for attempt in rows.attempts:
        moves = attempt.kind in ("pay", "authorize", "capture", "refund")
        if moves and attempt.state == "SUCCEEDED" and (attempt.key, attempt.amount) not in moved:
            yield f"{attempt.kind} of {attempt.amount} has succeeded at the hub and moved nothing at the PSP"


def charged_once(rows: ByOrder) -> Iterator[str]:
    """No shop transaction is charged or held twice, nor captured beyond its amount."""
    takings = [entry for entry in rows.entries if entry.kind in ("charge", "authorize")]
    if len(takings) > 1:
        yield f"{len(takings)} charges at the PSP: {[entry.amount for entry in takings]}"
    live = [payment for payment in rows.payments if payment.claimed or payment.authorized or payment.captured]
    if len(live) > 1:
        yield f"{len(live)} payments at the hub that are not over"
    for key, count in Counter((entry.kind, entry.key) for entry in rows.entries if entry.key).items():
        if count > 1 and key[0] != "release":
            yield f"{count} times {key[0]} under one key"
    wanted = next((asked.amount for asked in rows.asked if asked.kind in _PAYING), 0)
    if rows.moved("charge", "capture") > wanted:
        yield f"{rows.moved('charge', 'capture')} was taken, {wanted} was to be paid"


def refunded_within_capture(rows: ByOrder) -> Iterator[str]:
    """At no moment had more been given back than was taken."""
    balance = 0
    for entry in rows.entries:
        sign = {"charge": 1, "capture": 1, "refund": -1, "refund_reversed": 1}.get(entry.kind, 0)
        balance += sign * entry.amount
        if balance < 0:
            yield f"after {entry.kind} of {entry.amount} there was {-balance} more given back than taken"
            return


def one_final_state(rows: ByOrder) -> Iterator[str]:
    """Each order has one payment, in a final state that fits its money, with nothing undecided."""
    if not rows.payments or (len(rows.payments) > 1 and _is_keyed(rows)):
        yield f"{len(rows.payments)} payments at the hub, one was to be"
    for payment in rows.payments:
        if payment.captured == 0:
            fitting = _OVER
        elif payment.refunded == 0:
            fitting = _PAID
        elif payment.refunded < payment.captured:
            fitting = _PARTLY_REFUNDED
        else:
            fitting = ("TOTALLY_REFUNDED",)
        if payment.state not in fitting:
            yield f"state {payment.state} with {payment.captured} captured and {payment.refunded} refunded"
        if payment.claimed != (payment.captured > 0):
            yield f"the shop transaction id is {'still' if payment.claimed else 'not'} claimed in {payment.state}"
        if payment.refund_reserved:
            yield f"{payment.refund_reserved} is still reserved for a refund"
    for attempt in rows.attempts:
        if attempt.state in _UNDECIDED:
            yield f"{attempt.kind} of {attempt.amount} is {attempt.state}"


def _is_keyed(rows: ByOrder) -> bool:
    return any(asked.keyed for asked in rows.asked if asked.kind in _PAYING)


def callbacks_without_holes(rows: ByOrder) -> Iterator[str]:
    """Every event came at least once, under one number, with one content, in numbers from 1 without holes."""
    for payment in rows.payments:
        events = sorted((event for event in rows.events if event.payment == payment.id), key=lambda one: one.sequence)
        numbers = [event.sequence for event in events]
        if numbers != list(range(1, payment.sequence + 1)) or not events:
            yield f"events are numbered {numbers}, the payment has counted {payment.sequence}"
        came = {one.event for one in rows.received}
        for event in events:
            if event.id not in came:
                told = "and the hub says it was" if event.delivered else "nor does the hub say so"
                yield f"{event.type} (number {event.sequence}) was never delivered, {told}"
    ours = {(event.id, event.sequence) for event in rows.events}
    for one in {(one.event, one.sequence) for one in rows.received} - ours:
        yield f"a callback came with number {one[1]} of an event that does not exist"
    contents: dict[str, set[str]] = {}
    for received in rows.received:
        contents.setdefault(received.event, set()).add(received.digest)
    for event_id, digests in contents.items():
        if len(digests) > 1:
            yield f"{event_id} came with {len(digests)} different contents"


def words_are_kept(rows: ByOrder) -> Iterator[str]:
    """What was told stays true: OK has moved its money, KO none, twice the same request got one answer."""
    for kind, moves in (
        ("capture", ("capture",)),
        ("refund", ("refund",)),
        ("pay", ("charge",)),
        ("authorize", ("authorize",)),
    ):
        asked = [one for one in rows.asked if one.kind == kind]
        done, most = (
            sum(one.amount for one in asked if "OK" in one.words()),
            sum(one.amount for one in asked if {"OK", "PENDING", "REDIRECT_TO_URL"} & one.words()),
        )
        moved = rows.moved(*moves)
        if not done <= moved <= most:
            yield f"{kind}: the order system was told OK for {done} and perhaps for {most}, the PSP moved {moved}"
    for one in rows.asked:
        if not one.replies:
            yield f"{one.kind} of {one.amount} was never answered"
        if {"OK", "KO"} <= one.words():
            yield f"{one.kind} of {one.amount} was answered both OK and KO"
        if one.kind in _PAYING and not one.keyed:
            continue
        for names in zip(*((payment, thing) for _, _, payment, thing in one.replies), strict=True):
            if len({name for name in names if name}) > 1:
                yield f"{one.kind} of {one.amount}, sent twice, was done twice: {sorted(set(names))}"


RULES: dict[str, Rule] = {
    rule.__name__.replace("_", " "): rule
    for rule in (
        agrees_with_psp,
        every_move_has_its_attempt,
        charged_once,
        refunded_within_capture,
        one_final_state,
        callbacks_without_holes,
        words_are_kept,
    )
}
BALANCED, NOTHING_LEFT = "ledger balanced", "nothing left undone"
NAMES = (*RULES, BALANCED, NOTHING_LEFT)


def audit(world: World) -> list[Violation]:
    """Hold everything against every rule."""
    found = [
        Violation(name, order, text)
        for order, rows in by_order(world).items()
        for name, rule in RULES.items()
        for text in rule(rows)
    ]
    found += [Violation(BALANCED, order, text) for order, text in world.imbalance]
    found += [Violation(NOTHING_LEFT, "", text) for text in world.waiting]
    return found
