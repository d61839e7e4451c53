"""The place where one driver is asked: an account, a key, a PSP at the other end, and all that came of it."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from paymenthub.kernel.http import Exchange, Transport
from paymenthub.kernel.money import Money
from providers.port import Call, Driver
from providers.types import Account, InboundRequest, Notification, Operation

from .guard import driving
from .harness import Case, Harness, Heard
from .scenarios import MEANINGS, Scenario, applicable, first_of
from .wire import Answer, Breakdown, Reply, Wire, WireRequest

TOLERANCE = timedelta(seconds=300)


@dataclass
class Bench:
    """One account of one driver before one wire."""

    harness: Harness
    wire: Wire
    account: Account
    transport: Transport
    call: Call = field(init=False)
    recorded: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.call = self.new_call()

    @property
    def driver(self) -> Driver:
        return self.harness.driver

    def new_call(self) -> Call:
        """Make a call with a key and a reference of its own."""
        mark = uuid.uuid4().hex
        return Call(self.account, self.transport, f"key-{mark}", f"att-{mark}", self.recorded.append)

    def with_transport(self, transport: Transport) -> None:
        """Use another transport from now on."""
        self.transport = transport
        self.call = replace(self.call, transport=transport)

    def prepare(self, scenario: Scenario, money: Money | None = None) -> Case:
        """Bring the PSP to where the scenario begins; its answers are set."""
        case = self.harness.case(scenario, self, money)
        self.wire.reset(case.answer)
        return case

    def account_at(self, url: str) -> Account:
        """Return the same account with another base URL."""
        return self.account_with({n: v.replace(self.wire.url, url) for n, v in self.account.config.items()})

    def account_with(self, config: dict[str, str]) -> Account:
        """Return the same account with another configuration."""
        return replace(self.account, config=config)

    def ask(self, operation: Operation, request: Any, call: Call | None = None, port: int | None = None) -> Heard:
        """Ask the driver, and let no connection go anywhere but to the account's base URL."""
        hook: Callable[[Call, Any], Heard] = getattr(self.driver, operation.value)
        try:
            with driving(port or self.wire.port):
                return hook(call or self.call, request)
        finally:
            if self.wire.broken:
                raise AssertionError("the PSP's side of the test failed") from self.wire.broken[0]

    def notify(
        self, body: bytes, headers: dict[str, str], at: datetime, account: Account | None = None
    ) -> Notification:
        """Hand a notification to the driver; nothing may be sent."""
        request = InboundRequest("POST", body, {"content-type": "application/json", **headers}, {}, at, "/c/token")
        with driving(None):
            return self.driver.notification(account or self.account, request, TOLERANCE)

    def spoil_first(self, answer: Answer, fault: Reply | Breakdown, *, write: bool) -> list[WireRequest]:
        """Give `fault` in place of the first answer (the first one to a write), and return the list of those it met."""
        met: list[WireRequest] = []
        lock = threading.Lock()

        def spoiled(request: WireRequest) -> Reply | Breakdown:
            if write and not self.harness.is_write(request):
                return answer(request)
            with lock:
                met.append(request)
            return fault

        self.wire.reset(spoiled)
        return met

    def writes(self) -> list[WireRequest]:
        """Return the requests that change something, in order."""
        return [request for request in self.wire.requests if self.harness.is_write(request)]


def scenarios_of(harness: Harness) -> list[Scenario]:
    """List what a driver's PSP is put through."""
    return applicable(harness.driver, harness.excused)


def plainest(harness: Harness, operation: Operation) -> Scenario | None:
    """Return the plainest scenario of an operation."""
    return first_of(operation, scenarios_of(harness))


def operation_of(scenario: Scenario) -> Operation:
    """Return what a scenario asks for."""
    return MEANINGS[scenario].operation


@contextmanager
def unchanged(driver: Driver) -> Iterator[None]:
    """Fail where a driver keeps anything in itself or its class."""
    before = dict(vars(driver)), dict(vars(type(driver)))
    yield
    assert (dict(vars(driver)), dict(vars(type(driver)))) == before
