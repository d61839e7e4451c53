"""The reconciler with Stripe at the other end: what was sent and not answered is settled, or stays in doubt.

Stripe cannot be asked by idempotency key, so that an attempt without an id is ended by nothing but an answer.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest

from paymenthub.kernel import clock
from payments.attempts import provider_data, reconcile
from payments.attempts.transport import transport
from payments.models import Attempt, Payment, ProviderAccount, Source
from payments.services.pay import pay
from tests import factories
from tests.providers.contract.wire import Breakdown, Reply, Wire, WireRequest, close, forwarded

from .processes import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = {"paymentMethod": "pm_card_visa"}
Lose = Callable[[WireRequest], Reply | Breakdown]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def account(project, settings, wire: Wire) -> Iterator[ProviderAccount]:
    settings.PROVIDER_DRIVERS = ["providers.drivers.stripe.StripeDriver"]
    settings.ENABLED_PROVIDERS = []
    config = {"secret_key": f"sk_test_{uuid.uuid4().hex}", "webhook_secret": "whsec_1", "base_url": wire.url}
    yield factories.make_account(project, provider="stripe", config=config)
    transport().close()
    transport.cache_clear()


@pytest.fixture
def arrives_unanswered(wire: Wire, simulator: Simulator) -> Lose:
    """Let writes arrive at Stripe and lose the answers; reads are answered."""

    def lose(request: WireRequest) -> Reply | Breakdown:
        answer = forwarded(request, simulator.client)
        return answer if request.method == "GET" else close

    return lose


@pytest.fixture
def never_arrives(simulator: Simulator) -> Lose:
    """Let writes be lost on their way."""
    return lambda request: forwarded(request, simulator.client) if request.method == "GET" else close


def _attempt(project, data: dict[str, str]) -> Attempt:
    pay(factories.pay_command(project, provider="stripe", provider_data=data))
    attempt = Attempt.objects.get()
    assert attempt.state == "UNKNOWN"
    return attempt


def _check(attempt: Attempt) -> Attempt:
    reconcile.check(attempt.id, source=Source.SYSTEM)
    attempt.refresh_from_db()
    return attempt


@pytest.mark.parametrize(("data", "state"), [({}, "PENDING"), (TOKEN, "SUCCEEDED")], ids=["page", "token"])
def test_a_lost_answer_is_found_by_our_mark_and_nothing_is_sent_again(
    project, account, wire: Wire, arrives_unanswered: Lose, data: dict[str, str], state: str
):
    wire.reset(arrives_unanswered)
    attempt = _attempt(project, data)

    _check(attempt)

    assert attempt.state == state
    assert attempt.references.exists()
    assert [request.method for request in wire.requests].count("POST") == 1


@pytest.mark.parametrize("age", [dt.timedelta(hours=1), dt.timedelta(hours=30)], ids=["data gone", "window over"])
def test_what_can_neither_be_found_nor_sent_again_stays_in_doubt(
    project, account, wire: Wire, never_arrives: Lose, age: dt.timedelta
):
    wire.reset(never_arrives)
    attempt = _attempt(project, TOKEN)
    provider_data.erase(attempt.id)
    wire.reset(never_arrives)

    with clock.advanced(age.total_seconds()):
        _check(attempt)

    payment = Payment.objects.get()
    assert (attempt.state, payment.claimed_shop_transaction_id) == ("UNKNOWN", payment.shop_transaction_id)
    assert [request.method for request in wire.requests if request.method == "POST"] == []


@pytest.mark.parametrize("status", [429, 401])
def test_a_refusal_of_the_second_sending_says_nothing_about_the_first(
    project, account, wire: Wire, arrives_unanswered: Lose, simulator: Simulator, status: int
):
    wire.reset(arrives_unanswered)
    attempt = _attempt(project, TOKEN)
    Attempt.objects.update(state="OPEN")  # as a process leaves it that dies before it can record anything

    def refuse(request: WireRequest) -> Reply:
        if request.method == "POST":
            return Reply.of({"error": {"type": "invalid_request_error", "message": "not now"}}, status)
        return Reply.of({"object": "list", "url": request.path, "has_more": False, "data": []})  # pushed off the list

    wire.reset(refuse)
    _check(attempt)

    assert attempt.is_undecided
    assert Payment.objects.get().claimed_shop_transaction_id is not None


@pytest.mark.parametrize(("data", "state"), [({}, "PENDING"), (TOKEN, "SUCCEEDED")], ids=["page", "token"])
def test_what_never_arrived_is_sent_again_with_its_own_key(
    project, account, wire: Wire, simulator: Simulator, never_arrives: Lose, data: dict[str, str], state: str
):
    wire.reset(never_arrives)
    attempt = _attempt(project, data)
    first = wire.requests[0]
    wire.reset(lambda request: forwarded(request, simulator.client))

    _check(attempt)

    again = next(request for request in wire.requests if request.method == "POST")
    assert attempt.state == state
    assert (again.path, again.body) == (first.path, first.body)
    assert again.headers["idempotency-key"] == first.headers["idempotency-key"]
