"""What this Stripe remembers: in memory, apart for each secret key."""

import copy
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import problems

Thing = dict[str, Any]

API_VERSION = "2026-10-28.endive"


@dataclass
class Remembered:
    """The first answer under an idempotency key."""

    request: tuple[str, str, bytes]
    status: int
    body: Thing


@dataclass
class Account:
    """One merchant. `notify` is told of every event."""

    key: str
    notify: Callable[["Account", Thing], None]
    webhook_url: str = ""
    webhook_secret: str = ""
    sessions: dict[str, Thing] = field(default_factory=dict)
    intents: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    prices: dict[str, Thing] = field(default_factory=dict)
    links: dict[str, Thing] = field(default_factory=dict)
    means: dict[str, Thing] = field(default_factory=dict)
    behaviours: dict[str, str] = field(
        default_factory=dict
    )  # by means: the test token that tells what charges of it do
    setups: dict[str, Thing] = field(default_factory=dict)
    subscriptions: dict[str, Thing] = field(default_factory=dict)
    invoices: dict[str, Thing] = field(default_factory=dict)
    disputes: dict[str, Thing] = field(default_factory=dict)
    events: dict[str, Thing] = field(default_factory=dict)
    wanted: dict[str, Thing] = field(default_factory=dict)  # by session or link: what will be made of it
    answers: dict[str, Remembered] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Tell whether the key is one for real money."""
        return "_live_" in self.key

    def find(self, kind: str, thing_id: str) -> Thing:
        """Return an object of this account. Raises `Problem`."""
        shelf: dict[str, Thing] = self.means if kind == "means" else getattr(self, f"{kind}s")
        try:
            return shelf[thing_id]
        except KeyError:
            raise problems.missing(kind, thing_id) from None

    def tell(self, kind: str, thing: Thing) -> None:
        """Keep what happened, and notify the merchant."""
        event: Thing = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": now(),
            "data": {"object": copy.deepcopy(thing)},
            "livemode": self.live,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events[event["id"]] = event
        self.notify(self, event)


@dataclass
class Store:
    """All merchants."""

    notify: Callable[[Account, Thing], None]
    accounts: dict[str, Account] = field(default_factory=dict)

    def account(self, key: str) -> Account:
        """Return the account of a key, made when first seen."""
        return self.accounts.setdefault(key, Account(key, self.notify))

    def owner_of(self, kind: str, thing_id: str) -> Account:
        """Find whose object it is: pages carry no key. Raises `Problem`."""
        for account in self.accounts.values():
            if thing_id in getattr(account, f"{kind}s"):
                return account
        raise problems.missing(kind, thing_id)


def new_id(prefix: str) -> str:
    """Make an id such as `pi_…`."""
    return f"{prefix}_{secrets.token_hex(12)}"


def now() -> int:
    """Return the time as Stripe writes it."""
    return int(time.time())


def listed(things: list[Thing], url: str, limit: int) -> Thing:
    """Return one page of a list, newest first."""
    newest = list(reversed(things))
    return {"object": "list", "data": newest[:limit], "has_more": len(newest) > limit, "url": url}
