"""Credentials are tried by a call that changes nothing, at the real simulators, and refused with words that hold no secret."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from paymenthub.kernel.http import Timeouts, Transport
from providers import checks
from providers.drivers.sandbox import SandboxDriver
from providers.drivers.stripe import StripeDriver
from providers.errors import AuthFailed, Unavailable, Unsupported
from providers.port import Call, Driver
from providers.types import Account
from tests.providers.contract.wire import Reply, Wire
from tests.providers.sandbox_simulator.process import SECRET, Sandpay


@pytest.fixture(scope="module")
def transport() -> Iterator[Transport]:
    with Transport(Timeouts(connect=2, read=8, total=10)) as patient:
        yield patient


@pytest.fixture(scope="module")
def sandpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandpay]:
    process = Sandpay(tmp_path_factory.mktemp("connection") / Path("sandpay.db"))
    yield process
    process.kill()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


def call(transport: Transport, *, live: bool = False, **config: str) -> Call:
    return Call(Account("acct", live, config), transport, "key-1", "")


def test_the_sandbox_takes_its_own_key_and_refuses_another(sandpay: Sandpay, transport: Transport):
    key = f"sk_{uuid.uuid4().hex}"
    made = {"id": f"acct_{key}", "api_key": key, "webhook_secret": SECRET}
    assert sandpay.desk.post("/control/accounts", json=made).status_code == 201

    assert SandboxDriver().check_connection(call(transport, base_url=sandpay.url, api_key=key)) == (
        "The sandbox PSP took the key."
    )
    with pytest.raises(AuthFailed) as refused:
        SandboxDriver().check_connection(call(transport, base_url=sandpay.url, api_key="sk_wrong_key"))
    assert "sk_wrong" not in refused.value.message


def test_stripe_is_asked_for_one_event_and_nothing_else(wire: Wire, transport: Transport):
    event = {"id": "evt_1", "object": "event", "livemode": False, "type": "charge.succeeded", "data": {"object": {}}}
    wire.reset(lambda _request: Reply.of({"object": "list", "data": [event], "has_more": True, "url": "/v1/events"}))

    told = StripeDriver().check_connection(call(transport, base_url=wire.url, secret_key="sk_test_1"))

    (request,) = wire.requests
    assert (request.method, request.path.partition("?")[0]) == ("GET", "/v1/events")
    assert told == "Stripe took the key. It is one for test mode."


@pytest.mark.parametrize(
    ("status", "trouble"), [(401, AuthFailed), (403, AuthFailed), (503, Unavailable), (429, Unavailable)]
)
def test_a_refusal_of_stripe_is_trouble_with_the_account_or_the_way(wire: Wire, transport: Transport, status, trouble):
    wire.reset(lambda _request: Reply.of({"error": {"message": "Invalid API Key provided: sk_test_1"}}, status=status))
    with pytest.raises(trouble) as refused:
        StripeDriver().check_connection(call(transport, base_url=wire.url, secret_key="sk_test_1"))
    assert "sk_test_1" not in refused.value.message


def test_a_test_key_in_a_live_account_is_found_before_anything_is_sent(wire: Wire, transport: Transport):
    with pytest.raises(AuthFailed, match="test mode"):
        StripeDriver().check_connection(call(transport, live=True, base_url=wire.url, secret_key="sk_test_1"))
    assert wire.requests == []


def test_a_page_of_somebody_elses_is_no_provider(wire: Wire, transport: Transport):
    wire.reset(lambda _request: Reply.of({"hello": "world"}))
    with pytest.raises(Unavailable, match="not as the sandbox PSP does"):
        SandboxDriver().check_connection(call(transport, base_url=wire.url, api_key="k"))


def test_what_a_driver_declares_is_what_it_has():
    class Silent(Driver):
        code, display_name = "silent", "Silent"

    class Boasting(Silent):
        checks_connection = True

    assert [message.id for message in checks.problems(Boasting())] == ["providers.E006"]
    assert checks.problems(Silent()) == []
    with pytest.raises(Unsupported):
        Silent().check_connection(None)
