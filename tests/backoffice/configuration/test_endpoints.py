"""Webhook endpoints through the door of staff, and what arrives at a receiver."""

import base64
import hashlib
import hmac
import json

import pytest

from paymenthub.kernel import clock
from payments.models import AuditEntry, WebhookEndpoint
from payments.outbound.deliver import deliver
from payments.outbound.secrets import open_secrets
from tests import factories
from tests.payments.outbound import rows
from tests.payments.outbound.conftest import receiver

from .conftest import MANAGE, VIEW, Person, errors_of, secret_in

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db(transaction=True)


def given(project, **over):
    return {"project": str(project.pk), "mode": "test", "url": "https://erp.example/in"} | over


def verifies(received, secret: str) -> bool:
    signed = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    ours = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return ours in received.headers["webhook-signature"].split(" ")


def test_an_endpoint_is_made_and_its_secret_is_shown_once(project, ada, url):
    hidden = ada.hidden(url("webhookendpoint_new"))
    answer = ada.send(url("webhookendpoint_new"), hidden, **given(project, event_types=["payment.captured"]))

    endpoint, secret = WebhookEndpoint.objects.get(), secret_in(answer)
    assert (open_secrets(endpoint), endpoint.event_types, endpoint.enabled) == ([secret], ["payment.captured"], True)
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    for page in ("webhookendpoint_change", "webhookendpoint_edit"):
        assert secret not in ada.get(url(page, endpoint)).content.decode()
    again = ada.send(url("webhookendpoint_new"), hidden, **given(project, url="https://erp.example/other"))
    assert (again.status_code, WebhookEndpoint.objects.count()) == (409, 1)
    assert secret not in json.dumps(list(AuditEntry.objects.values("message", "before", "after")))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/in",
        "http://10.0.0.8/in",
        "https://169.254.169.254/latest",
        "ftp://erp.example",
        "https://a:b@erp.example/",
    ],
)
def test_an_address_inside_is_refused_when_it_is_given(project, ada, url, settings, address):
    settings.CALLBACK_ALLOW_PRIVATE = False
    answer = ada.send(url("webhookendpoint_new"), **given(project, url=address))
    assert (list(errors_of(answer)), WebhookEndpoint.objects.count()) == (["url"], 0)


def test_an_address_inside_is_refused_when_it_is_changed_too(project, ada, url, settings):
    endpoint = rows.make_endpoint(project, "https://erp.example/in")
    settings.CALLBACK_ALLOW_PRIVATE = False
    answer = ada.send(url("webhookendpoint_edit", endpoint), url="http://[::1]/in", enabled="on")
    assert list(errors_of(answer)) == ["url"]


def test_an_address_with_a_secret_is_not_shown_again_and_stays_when_left_empty(project, ada, url):
    endpoint = rows.make_endpoint(project, "https://erp.example/in?token=never-shown")
    page = url("webhookendpoint_edit", endpoint)

    assert "never-shown" not in ada.get(page).content.decode()
    assert ada.send(page, url="", event_types=["refund.failed"]).status_code == 302

    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.event_types, endpoint.enabled) == (
        "https://erp.example/in?token=never-shown", ["refund.failed"], False,
    )  # fmt: skip
    assert "never-shown" not in json.dumps(list(AuditEntry.objects.values("message", "before", "after")))


def test_a_second_endpoint_at_the_same_address_is_refused(project, ada, url):
    ada.send(url("webhookendpoint_new"), **given(project))
    answer = ada.send(url("webhookendpoint_new"), **given(project))
    assert (list(errors_of(answer)), WebhookEndpoint.objects.count()) == (["url"], 1)


def test_during_the_overlap_deliveries_carry_both_signatures_and_then_the_new_one_only(project, ada, url, receiver):
    endpoint = rows.make_endpoint(project, receiver.url)
    (old,) = open_secrets(endpoint)

    new = secret_in(ada.send(url("webhookendpoint_secret", endpoint), overlap="3600"))

    payment = rows.make_payment(project)
    for _ in range(2):
        delivery = rows.make_delivery(receiver.url, event=rows.make_event(payment), endpoint=endpoint)
        deliver(delivery.pk)
    with clock.advanced(3601):
        deliver(rows.make_delivery(receiver.url, event=rows.make_event(payment), endpoint=endpoint).pk)
    verdicts = [(verifies(each, new), verifies(each, old)) for each in receiver.received]
    assert verdicts == [(True, True), (True, True), (True, False)]


def test_without_overlap_the_old_secret_ends_at_once(project, ada, url, receiver):
    endpoint = rows.make_endpoint(project, receiver.url)
    (old,) = open_secrets(endpoint)
    new = secret_in(ada.send(url("webhookendpoint_secret", endpoint), overlap="0"))
    endpoint.refresh_from_db()
    assert (open_secrets(endpoint), old != new) == ([new], True)


def test_a_secret_replaced_by_somebody_else_meanwhile_is_not_replaced_again(project, ada, url):
    endpoint = rows.make_endpoint(project, "https://erp.example/in")
    hidden = ada.hidden(url("webhookendpoint_secret", endpoint))
    new = secret_in(ada.send(url("webhookendpoint_secret", endpoint), hidden, overlap="3600"))

    again = ada.send(url("webhookendpoint_secret", endpoint), hidden, overlap="3600")

    endpoint.refresh_from_db()
    assert (again.status_code, open_secrets(endpoint)[0]) == (409, new)


@pytest.mark.parametrize(
    ("status", "told", "outcome"), [(204, "The endpoint took it.", "ok"), (500, "did not take it", "ko")]
)
def test_a_test_event_arrives_signed_and_what_came_of_it_is_shown(project, ada, url, receiver, status, told, outcome):
    receiver.status = status
    endpoint = rows.make_endpoint(project, receiver.url)

    answer = ada.send(url("webhookendpoint_try", endpoint))

    (got,) = receiver.received
    assert verifies(got, open_secrets(endpoint)[0])
    assert json.loads(got.body)["eventType"] == "endpoint.test"
    assert told in answer.content.decode()
    assert (AuditEntry.objects.get().outcome, AuditEntry.objects.get().after["status"]) == (outcome, status)


def test_a_test_event_passes_the_guard_too(project, ada, url, receiver, settings):
    endpoint = rows.make_endpoint(project, receiver.url)
    settings.CALLBACK_ALLOW_PRIVATE = False
    assert "target_forbidden" in ada.send(url("webhookendpoint_try", endpoint)).content.decode()
    assert receiver.received == []


def test_its_page_lists_its_deliveries_and_leads_to_all_of_them(project, ada, url, receiver):
    endpoint = rows.make_endpoint(project, receiver.url)
    payment = rows.make_payment(project)
    deliver(rows.make_delivery(receiver.url, event=rows.make_event(payment), endpoint=endpoint).pk)
    rows.make_delivery("https://other.example", event=rows.make_event(payment, type="payment.failed"))

    page = ada.get(url("webhookendpoint_change", endpoint)).content.decode()
    every = ada.get(f"{url('delivery_changelist')}?endpoint__id__exact={endpoint.pk}")

    assert "payment.captured #1" in page
    assert "payment.failed" not in page
    assert [str(row.endpoint_id) for row in every.context["cl"].queryset] == [str(endpoint.pk)]


def test_who_sees_some_projects_reaches_no_other_endpoint(project, url):
    theirs = rows.make_endpoint(factories.make_project(), "https://erp.example/in")
    clerk = Person(*MANAGE, *VIEW, name="clerk", projects=(project,))
    for page in ("webhookendpoint_edit", "webhookendpoint_try", "webhookendpoint_secret"):
        assert (clerk.get(url(page, theirs)).status_code, clerk.client.post(url(page, theirs)).status_code) == (
            404,
            404,
        )
