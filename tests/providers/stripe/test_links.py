"""Payment Links against our simulator: many may open one, one pays."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from providers.drivers.stripe import StripeDriver
from providers.port import Call
from providers.types import Account, CancelRequest, FetchRequest, Outcome, Reference, RefundRequest, Verdict

from .guarded import GuardedTransport
from .processes import Simulator
from .said import PART, PRICE, pay_request


@pytest.fixture
def call(simulator: Simulator) -> Iterator[Call]:
    config = {"secret_key": f"sk_test_{uuid.uuid4().hex}", "webhook_secret": "whsec_1", "base_url": simulator.url}
    with GuardedTransport() as transport:
        yield Call(Account("acc", False, config), transport, f"key-{uuid.uuid4().hex}", f"att_{uuid.uuid4().hex}")


def _next(call: Call) -> Call:
    return replace(call, idempotency_key=uuid.uuid4().hex)


def _visit(made: Verdict) -> str:
    """Open the link as a customer does; return the address of the page, and with it the session."""
    assert made.action is not None
    return httpx.get(made.action.redirect_url, trust_env=False).headers.get("location", "")


def _fetched(driver: StripeDriver, call: Call, *references: Reference) -> tuple[Verdict, ...]:
    return driver.fetch(call, FetchRequest(references, "order-1", PRICE))


def test_one_of_those_who_open_a_link_pays_and_then_it_is_off(driver: StripeDriver, call: Call):
    made = driver.link_create(call, pay_request())
    left, used = _visit(made), _visit(made)
    assert [verdict.outcome for verdict in _fetched(driver, call, *made.references)] == [Outcome.ACTION_REQUIRED]

    paid_at = httpx.post(used, data={"outcome": "pay"}, trust_env=False)

    assert paid_at.headers["location"] == "https://hub.example/return/1"
    (paid,) = _fetched(driver, call, *made.references)
    assert (paid.outcome, paid.money, paid.attempt_reference) == (Outcome.SUCCEEDED, PRICE, call.attempt_reference)
    assert [reference.kind for reference in paid.references] == ["session", "intent", "link"]
    assert paid.references[0].value in used
    assert _visit(made) == ""
    assert "cs_test" in left
    back = driver.refund(_next(call), RefundRequest(PART, (*made.references, *paid.references), "order-1", "rf_1"))
    assert (back.outcome, back.money) == (Outcome.SUCCEEDED, PART)


def test_ending_a_link_that_was_paid_in_time_tells_that_it_was_paid(driver: StripeDriver, call: Call):
    made = driver.link_create(call, pay_request())
    httpx.post(_visit(made), data={"outcome": "pay"}, trust_env=False)

    for end in (driver.link_expire, driver.expire, driver.cancel):
        assert end(_next(call), CancelRequest(made.references, "order-1")).outcome is Outcome.SUCCEEDED


def test_whoever_opened_a_link_before_it_was_ended_may_finish(driver: StripeDriver, call: Call):
    made = driver.link_create(call, pay_request())
    page = _visit(made)
    assert driver.link_expire(_next(call), CancelRequest(made.references, "order-1")).outcome is Outcome.EXPIRED

    httpx.post(page, data={"outcome": "pay"}, trust_env=False)

    assert _fetched(driver, call, *made.references)[0].outcome is Outcome.SUCCEEDED


def test_a_link_whose_making_was_not_answered_is_found_by_its_mark(driver: StripeDriver, call: Call):
    made = driver.link_create(call, pay_request())

    assert _fetched(driver, call) == (_fetched(driver, call, *made.references)[0],)
    _visit(made)  # its session carries the mark as well, and must not pass for the payment
    assert _fetched(driver, call)[0].references == made.references


def test_an_unknown_link_is_not_found(driver: StripeDriver, call: Call):
    assert _fetched(driver, call, Reference("link", "plink_gone"))[0].outcome is Outcome.NOT_FOUND
