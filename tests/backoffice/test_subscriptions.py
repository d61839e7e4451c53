"""Subscriptions in the backoffice: seen whole, ended and paused with a reason, and the test clock."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from paymenthub.kernel import clock
from payments.models import AuditEntry, Payment, Project, Subscription
from tests import factories
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import subscribed
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(project, script):
    world.opened(script)
    factories.make_account(project)
    with clock.frozen(world.JANUARY):
        yield subscribed(project, shop_transaction_id="club-7", buyer={"email": "ada@shop.test"})


def page_of(row):
    return reverse("admin:payments_subscription_change", args=[row.pk])


def act(client, address, **fields):
    """Open the form, send it, confirm it where that is asked for, and return the page of the result."""
    page = client.get(address).content.decode()
    sent = {"token": re.search(r'name="token" value="([^"]+)"', page)[1], "note": "asked by phone", **fields}
    response = client.post(address, sent)
    if response.status_code == 200 and 'name="confirmed"' in response.content.decode():
        token = re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]
        response = client.post(address, sent | {"token": token, "confirmed": "yes"})
    assert response.status_code == 302, response.content.decode()[-2000:]
    return client.get(response["Location"])


def test_the_list_and_the_page_show_it(superuser, row):
    listed = superuser.get(reverse("admin:payments_subscription_changelist"), {"status": "active"}).content.decode()
    assert "club-7" in listed
    other = superuser.get(reverse("admin:payments_subscription_changelist"), {"status": "not_active"}).content.decode()
    assert "club-7" not in other
    shown = superuser.get(page_of(row)).content.decode()
    for part in ("2027-02-28", "every month", "paymentExecuted", world.TOKEN, "Cancel subscription", "Pause"):
        assert part in shown
    assert reverse("admin:payments_payment_change", args=[Payment.objects.get().pk]) in shown


def test_cancelling_takes_a_reason_and_is_written_down(superuser, row):
    address = reverse("admin:payments_subscription_act", args=[row.pk, "cancel"])
    result = act(superuser, address)
    assert "Done" in result.content.decode()
    assert Subscription.objects.get().expire_requested
    begun, ended = AuditEntry.objects.order_by("id")
    assert (begun.action, begun.note, begun.actor, ended.outcome) == ("cancel_sub", "asked by phone", "root", "ok")
    assert Subscription.objects.get().transitions.get(event="update").actor == "root"


def test_ending_at_once_and_pausing_and_resuming(superuser, row):
    act(superuser, reverse("admin:payments_subscription_act", args=[row.pk, "pause"]))
    assert Subscription.objects.get().paused_at is not None
    act(superuser, reverse("admin:payments_subscription_act", args=[row.pk, "resume"]))
    assert Subscription.objects.get().paused_at is None
    act(superuser, reverse("admin:payments_subscription_act", args=[row.pk, "cancel"]), at_once="on")
    assert Subscription.objects.get().state == "EXPIRED"
    shown = superuser.get(page_of(row)).content.decode()
    assert "Cancel subscription" not in shown


def test_who_may_only_look_acts_on_nothing(row):
    user = make_staff("reader", "view_subscription")
    client = Client()
    client.force_login(user)
    assert client.get(page_of(row)).status_code == 200
    for name in ("cancel", "pause", "resume"):
        assert client.get(reverse("admin:payments_subscription_act", args=[row.pk, name])).status_code == 403
    clock_page = reverse("admin:payments_project_clock", args=[row.project_id])
    assert client.get(clock_page).status_code == 403


def test_the_test_clock_is_put_forward(superuser, row):
    address = reverse("admin:payments_project_clock", args=[row.project_id])
    result = act(superuser, address, to_0="2027-04-01", to_1="12:00:00")
    assert "In test mode it is now 2027-04-01 12:00 UTC." in result.content.decode()
    assert Payment.objects.count() == 3
    assert Project.objects.get(pk=row.project_id).clock_offset.days == 60
