"""An outside Flow Manager commands payment links, and hears of each one's address or refusal."""

import pytest

from payments.models import Payment
from providers.errors import Rejected
from providers.types import Outcome
from tests import scripted

from .conftest import SAGA, pay_metadata, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_link_is_made_once_for_a_saga_and_told_with_its_address(flow_manager, script):
    script.link_create = [scripted.payment(Outcome.ACTION_REQUIRED, id="sl_1")]
    metadata = pay_metadata(paymentMethod=None)

    first = flow_manager.command("pay-by-link", metadata, label="createLink")
    again = flow_manager.command("pay-by-link", metadata, label="createLink")
    work()

    assert first.json() == {"sagaId": SAGA, "step": "link", "repeated": False}
    assert again.json()["repeated"] is True
    assert flow_manager.events == [
        (SAGA, "linkCreated", {"paymentId": "sl_1", "link": "https://psp.test/checkout/1"}),
    ]
    assert script.count("link_create") == 1
    assert Payment.objects.get().method == ""


def test_a_link_that_the_provider_refuses_is_told_as_failed(flow_manager, script):
    script.link_create = [Rejected("no")]

    flow_manager.command("pay-by-link", pay_metadata(), label="createLink")
    work()

    ((_, label, payload),) = flow_manager.events
    assert (label, payload["error"]) == ("paymentFailed", "invalid request")
    assert Payment.objects.get().wire_id == payload["paymentId"]


def test_a_provider_without_links_is_told_as_failed_and_nothing_is_sent(flow_manager, script, monkeypatch):
    monkeypatch.setattr(
        scripted.ScriptedDriver,
        "operations",
        frozenset({o for o in scripted.ScriptedDriver.operations if "link" not in o}),
    )

    flow_manager.command("pay-by-link", pay_metadata(paymentMethod=None), label="createLink")
    work()

    ((_, label, payload),) = flow_manager.events
    assert label == "paymentFailed"
    assert payload["error"].startswith("unsupported_operation")
    assert script.asked == []
