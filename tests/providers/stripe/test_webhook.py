"""What is odd about Stripe's notifications."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from providers.drivers.stripe import StripeDriver
from providers.errors import WebhookRejected
from providers.simulators.stripe import webhooks
from providers.types import Account, InboundRequest, Notification, Outcome, Reference, Subject

from .notifications import event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST, SECOND = "whsec_first", "whsec_second"
INTENT = {"id": "pi_1", "object": "payment_intent", "metadata": {"hub_attempt": "att_1"}}
REFUND = {"id": "re_1", "object": "refund", "amount": 500, "currency": "eur", "status": "succeeded", "metadata": {}}


def _header(body: bytes, secret: str = FIRST, at: datetime = NOW) -> str:
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))


def _heard(body: bytes, header: str | None = None, at: datetime = NOW, **config: str) -> Notification:
    account = Account("acc", False, {"webhook_secret": FIRST, "webhook_secret_2": SECOND, **config})
    signed = {"stripe-signature": _header(body) if header is None else header}
    return StripeDriver().notification(account, InboundRequest("POST", body, signed, {}, at), timedelta(seconds=300))


def _tells(kind: str, thing: Mapping[str, Any], **over: Any) -> Notification:
    return _heard(event("evt_1", kind, thing, **over))


def test_a_header_may_carry_signatures_of_several_secrets():
    body = event("evt_1", "payout.paid", {"id": "po_1", "object": "payout"})
    wrong = "v1=" + "0" * 64

    assert _heard(body, f"{_header(body, SECOND).replace(',v1', f',{wrong},v1')},v0=abc").key == "evt_1"


def test_the_time_is_compared_with_when_it_came_in_and_not_with_this_machines_clock():
    body = event("evt_1", "payout.paid", {"id": "po_1", "object": "payout"})
    long_ago = NOW - timedelta(days=400)

    assert _heard(body, _header(body, at=long_ago), long_ago).key == "evt_1"


@pytest.mark.parametrize("header", ["t=1,t=2,v1=a", "v1=a", "t=1", "t=١٢,v1=a", "t=" + "9" * 13 + ",v1=a", "t=1,v1=é"])
def test_a_malformed_header_is_rejected(header: str):
    with pytest.raises(WebhookRejected):
        _heard(event("evt_1", "payout.paid", {"object": "payout"}), header)


def test_the_event_and_not_its_object_tells_account_and_mode():
    (verdict,) = _tells("payment_intent.canceled", INTENT, account="acct_7", livemode=True).verdicts

    assert (verdict.account, verdict.live) == ("acct_7", True)


def test_an_event_of_another_connected_account_is_rejected():
    body = event("evt_1", "payment_intent.canceled", INTENT, account="acct_8")

    with pytest.raises(WebhookRejected):
        _heard(body, account_id="acct_7")
    assert _heard(body, account_id="acct_8").verdicts


def test_a_payment_is_always_read_again():
    assert _tells("payment_intent.succeeded", INTENT).reread


def test_an_event_of_an_older_version_is_still_a_hint():
    (hint,) = _tells("payment_intent.succeeded", INTENT, api_version="2015-10-16").verdicts

    assert (hint.subject, hint.outcome, hint.money) == (Subject.PAYMENT, Outcome.PENDING, None)
    assert (hint.references, hint.attempt_reference) == ((Reference("intent", "pi_1"),), "att_1")


def test_refunds_inside_a_charge_are_read_where_stripe_still_writes_them():
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "refunds": {"data": [REFUND]}}

    (verdict,) = _tells("charge.refunded", charge).verdicts

    assert (verdict.subject, verdict.references) == (Subject.REFUND, (Reference("refund", "re_1"),))
    assert verdict.parent == (Reference("intent", "pi_1"), Reference("charge", "ch_1"))


def test_a_charge_without_its_refunds_is_a_hint():
    (hint,) = _tells("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}).verdicts

    assert hint.subject is Subject.PAYMENT
    assert hint.references == (Reference("charge", "ch_1"), Reference("intent", "pi_1"))


@pytest.mark.parametrize(
    "kind",
    ["invoice.payment_succeeded", "invoice.payment_failed", "customer.updated", "payment_intent.created"],
)
def test_what_this_driver_does_not_offer_is_acknowledged(kind: str):
    heard = _tells(kind, {"id": "in_1", "object": "invoice"})

    assert (heard.key, heard.type, heard.verdicts) == ("evt_1", kind, ())


def test_a_thin_event_is_rejected():
    with pytest.raises(WebhookRejected):
        _heard(json.dumps({"id": "evt_1", "object": "v2.core.event", "type": "x", "data": {"object": {}}}).encode())


def test_our_simulator_signs_as_the_vendor_does():
    body = '{"id": "evt_1", "name": "è"}'

    assert webhooks.sign(body.encode(), FIRST, 1763600000) == stripe.WebhookSignature.generate_signature_header(
        body, FIRST, 1763600000
    )
