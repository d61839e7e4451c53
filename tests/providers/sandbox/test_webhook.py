"""Notifications exactly as Sandpay signs and sends them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from providers.drivers.sandbox import webhook
from providers.errors import WebhookRejected
from providers.types import InboundRequest, Outcome
from tests.providers.sandbox_simulator.process import SECRET, Sandpay
from tests.providers.sandbox_simulator.receiver import Hook, Receiver

TOLERANCE = timedelta(seconds=300)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Hook]]:
    """A forged notification of a payment, and the genuine one that follows it."""
    sandpay, receiver = Sandpay(tmp_path_factory.mktemp("sandpay") / "sandpay.db"), Receiver()
    try:
        url = receiver.url()
        sandpay.payment(1282, notification_url=url)
        yield receiver.wait(url, 2)
    finally:
        receiver.close()
        sandpay.kill()


def inbound(hook: Hook) -> InboundRequest:
    return InboundRequest("POST", hook.raw, {"sandpay-signature": hook.signature}, {}, datetime.now(UTC))


def test_its_own_signature_is_accepted(hooks: list[Hook]):
    request = inbound(hooks[1])
    webhook.verify(request, [SECRET], TOLERANCE)

    assert [verdict.outcome for verdict in webhook.read(request).verdicts] == [Outcome.SUCCEEDED]


def test_the_one_that_it_forges_on_demand_is_rejected(hooks: list[Hook]):
    assert hooks[0].raw == hooks[1].raw
    with pytest.raises(WebhookRejected):
        webhook.verify(inbound(hooks[0]), [SECRET], TOLERANCE)


def test_each_of_several_signatures_in_one_header_is_looked_at(hooks: list[Hook]):
    genuine = hooks[1].signature
    stamp, mark = genuine.split(",", 1)
    both = InboundRequest(
        "POST", hooks[1].raw, {"sandpay-signature": f"{stamp},v1={'0' * 64},{mark}"}, {}, datetime.now(UTC)
    )

    webhook.verify(both, [SECRET], TOLERANCE)


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=00", "t=x,v1=00", "t=9999999999999,v1=00", "t=-1,v1=00", "t=²,v1=00"]
)
def test_a_header_that_is_none_is_rejected(hooks: list[Hook], header: str):
    request = InboundRequest("POST", hooks[1].raw, {"sandpay-signature": header}, {}, datetime.now(UTC))

    with pytest.raises(WebhookRejected):
        webhook.verify(request, [SECRET], TOLERANCE)
