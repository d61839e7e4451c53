"""An outside Flow Manager is told how its mail ended: over HTTP, again until it takes it, always as the same event."""

import json
from typing import Any

import pytest

from payments.flow_manager.told_of_mails import NotTold, tell
from payments.models import Mail
from payments.notifications.deliver import deliver
from payments.notifications.sweep import answer_again
from tests.payments.flow_manager.conftest import FlowManager

pytestmark = pytest.mark.django_db
COMMAND = {
    "key": "payment-8a3f",
    "value": {
        "messageLabel": "PAYMENT_EXECUTED",
        "messagePayload": {"amount": 1299, "currency": "EUR", "additionalData": {"buyer": {"email": "a@example.com"}}},
    },
}


def sent_mail(flow_manager: FlowManager, settings: Any) -> Mail:
    settings.EMAIL_FROM = "Shop <pay@shop.example>"
    assert flow_manager.api.post("/saga/send", COMMAND).status_code == 200
    mail = Mail.objects.get()
    deliver(mail.pk, tries=0)
    mail.refresh_from_db()
    return mail


def test_what_is_taken_is_told_once(flow_manager: FlowManager, settings: Any) -> None:
    mail = sent_mail(flow_manager, settings)
    (request,) = flow_manager.heard.received
    assert (request.method, request.path) == ("POST", "/event")
    assert json.loads(request.body) == {
        "key": "payment-8a3f",
        "value": {"messageLabel": "notificationSent", "messagePayload": {}},
    }
    assert (mail.state, mail.answered_at is None, answer_again()) == ("sent", False, 0)
    assert len(flow_manager.heard.received) == 1


@pytest.mark.parametrize("refused", [302, 404, 500, 503])
def test_what_is_refused_is_told_again_under_the_same_key(
    flow_manager: FlowManager, settings: Any, refused: int
) -> None:
    flow_manager.heard.status = refused
    mail = sent_mail(flow_manager, settings)
    assert (mail.state, mail.answered_at, answer_again()) == ("sent", None, 0)

    flow_manager.heard.status = 204
    assert (answer_again(), answer_again()) == (1, 0)

    assert flow_manager.labels == ["notificationSent"] * 3
    keys = {request.headers["idempotency-key"] for request in flow_manager.heard.received}
    assert len(keys) == 1
    assert keys.pop().startswith("evt_")


def test_another_saga_and_another_event_have_keys_of_their_own(flow_manager: FlowManager) -> None:
    for key, event in (("a", "notificationSent"), ("b", "notificationSent"), ("a", "notificationFailed")):
        tell(key, event, {})
    assert len({request.headers["idempotency-key"] for request in flow_manager.heard.received}) == 3


def test_nobody_there_is_not_told(flow_manager: FlowManager, settings: Any) -> None:
    settings.FLOW_MANAGER_URL = "http://127.0.0.1:9"
    with pytest.raises(NotTold):
        tell("a", "notificationSent", {})
