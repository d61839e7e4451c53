"""What the contract suite must be told of one PSP: a `Harness`, in `tests/providers/<code>/scenarios.py`.

The suite asks through the driver; the harness says how the PSP behaves and what the hub must hear. It knows the PSP
and never calls the driver.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from paymenthub.kernel.money import Money
from providers.port import Driver
from providers.types import Account, EventsPage, Operation, Outcome, PayRequest, Verdict

from .evidence import Level
from .scenarios import Scenario
from .wire import Answer, Reply, WireExchange, WireRequest

if TYPE_CHECKING:
    from .bench import Bench

Heard = Verdict | tuple[Verdict, ...] | EventsPage
READS = frozenset({Operation.FETCH, Operation.FETCH_REFUND, Operation.SUBSCRIPTION_FETCH, Operation.LIST_EVENTS})
ENDS = frozenset({Operation.CANCEL, Operation.EXPIRE, Operation.SUBSCRIPTION_EXPIRE, Operation.LINK_EXPIRE})
"""What moves no money and may be refused the second time, since it is ended already."""
LOCAL = frozenset({Operation.NOTIFICATION})


@dataclass(frozen=True)
class Case:
    """One scenario at one PSP: what is asked, how the PSP answers, and what must be heard.

    `expected` is called after the driver, so that it may look up what the PSP made; it returns the exact verdict (for
    `fetch` all of them). Where an error is expected it returns the PSP's own code, which `psp_code` must be.
    """

    request: Any
    answer: Answer
    expected: Callable[[], Heard | str]


@dataclass(frozen=True)
class Event:
    """One notification: its body as the PSP writes it, and the verdicts that it must bring."""

    body: bytes
    verdicts: tuple[Verdict, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


class Harness(ABC):
    """One PSP, made once for a session. `start` may start processes; `close` ends them."""

    excused: ClassVar[Mapping[Scenario, str]] = {}
    """Scenarios that this PSP cannot do, each with the reason."""
    signs_notifications: ClassVar[bool] = True
    """False: bodies are never believed, and every notification must ask for a re-read."""
    notes: ClassVar[tuple[str, ...]] = ()
    """What a reader of the capability matrix must know."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def start(self, folder: Path) -> None:  # noqa: B027 - a PSP that is only canned answers needs no process
        """Start what the PSP needs; `folder` is empty and the harness's own."""

    def close(self) -> None:  # noqa: B027
        """End it."""

    @abstractmethod
    def account(self, base_url: str, name: str) -> Account:
        """Return an account of its own for each name, calling `base_url`, with every secret field filled."""

    @abstractmethod
    def case(self, scenario: Scenario, bench: Bench, money: Money | None = None) -> Case:
        """Prepare a scenario; `money` where the suite wants an amount of its own (the first scenario of pay,
        authorise, capture and refund, in full)."""

    @abstractmethod
    def amount_on_wire(self, request: WireRequest) -> tuple[str, str] | None:
        """Return an amount exactly as it is written in a request, and its currency; None where it has none.

        An empty currency stands for a request that names none since the payment has it.
        """

    @abstractmethod
    def judge(self, exchange: WireExchange) -> set[Level]:
        """Check one exchange as far as can be, and tell the levels that this check reaches. Raises AssertionError."""

    @abstractmethod
    def refusal(self, code: str, message: str) -> Reply:
        """Make the PSP's answer to a request that is wrong, with this code and message."""

    def amount_text(self, money: Money) -> str:
        """Return how this PSP writes an amount: by default in minor units."""
        return str(money.amount)

    def credential(self, account: Account) -> str:
        """Return what every request of an account must carry."""
        return next(account.config[f.name] for f in self.driver.config_fields if f.secret)

    def key_on_wire(self, request: WireRequest) -> str:
        """Return a request's idempotency key, empty where it has none."""
        return request.headers.get("idempotency-key", "")

    def is_write(self, request: WireRequest) -> bool:
        """Tell whether a request changes something at the PSP."""
        return request.method not in ("GET", "HEAD")

    def bad_requests(self, bench: Bench) -> Iterable[tuple[PayRequest, str]]:
        """Return requests that must be refused before anything is sent, each with the field that is to blame."""
        return ()

    # Statuses

    def payment_statuses(self) -> Mapping[str, Outcome]:
        """Return every status word of a payment, from the vendor's description where there is one, and its outcome."""
        return {}

    def refund_statuses(self) -> Mapping[str, Outcome]:
        """Return the same for refunds."""
        return {}

    def case_of_status(self, operation: Operation, word: str, bench: Bench) -> Case:
        """Prepare a FETCH or FETCH_REFUND of a thing whose status is this word; `expected` is not asked."""
        raise NotImplementedError(f"{type(self).__name__} names status words but has no case_of_status()")

    # Notifications

    def events(self, bench: Bench) -> Mapping[str, Event]:
        """Return notifications by a name of yours: at least "paid", and one for every kind of verdict."""
        return {}

    def unknown_event(self, bench: Bench) -> bytes:
        """Return a body of a type that the driver cannot know."""
        raise NotImplementedError(f"{type(self).__name__} has no unknown_event()")

    def sign(self, body: bytes, secret: str, at: datetime) -> dict[str, str]:
        """Return the headers (names in lower case) by which the PSP signs a body at a time."""
        raise NotImplementedError(f"{type(self).__name__} has no sign()")

    def signing_secrets(self, account: Account) -> tuple[str, ...]:
        """Return the account's secrets that sign notifications: the current one, and the one it is rotated to."""
        return tuple(account.config[n] for n in ("webhook_secret", "webhook_secret_2") if account.config.get(n))

    def timeless_signature(self) -> bool:
        """Tell whether the PSP's signature says nothing of its time, so that stale ones cannot be told."""
        return False

    def fetched_for(self, event: str, bench: Bench) -> Case | None:
        """Prepare the fetch of the payment that this event is about, so that the two can be compared."""
        return None

    def bent_items(self, event: Event) -> Iterable[bytes]:
        """Return bodies of an event with one item bent after it was signed; for PSPs that sign item by item, too."""
        return [event.body.replace(b"1", b"2", 1)]

    def judge_notification(self, event: Event) -> set[Level]:
        """Check a notification's shape as far as can be, and tell the levels reached."""
        return {Level.E}


def always(reply: Reply) -> Answer:
    """Answer every request so."""
    return lambda _request: reply
