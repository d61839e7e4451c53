"""S64: who may do what; and nothing is done by a link, from another site, or with somebody else's form."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from payments.models import AuditEntry, OperatorItem, Payment, Project, Refund
from providers.errors import OutcomeUnknown
from tests import factories
from tests.backoffice import acting
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = {"amount": "5.00", "reason": "returned", "note": "RMA 17", "final": "yes"}
NEEDED = {
    "refund": "refund_payment",
    "capture": "capture_payment",
    "cancel": "cancel_payment",
    "expire": "expire_payment",
    "check": "check_payment",
}


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    return project


def payment_for(action: str, shop: Project, script: Script) -> Payment:
    make = {"refund": acting.paid, "capture": acting.held, "cancel": acting.held}.get(action, acting.waiting)
    return make(shop, script)


@pytest.mark.parametrize("action", NEEDED)
def test_each_action_needs_its_own_permission(shop: Project, script: Script, action: str) -> None:
    payment = payment_for(action, shop, script)
    others = [permission for permission in acting.ALL if permission != NEEDED[action]]
    clerk = acting.staff(*others, name="clerk")
    able = acting.staff("view_payment", NEEDED[action], name="able")
    url = acting.act_url(payment, action)

    assert (clerk.get(url).status_code, clerk.post(url, FIELDS).status_code) == (403, 403)
    assert url not in clerk.get(acting.page_url(payment)).content.decode()
    assert able.get(url).status_code == 200
    assert url in able.get(acting.page_url(payment)).content.decode()
    assert [script.count(what) for what in ("refund", "capture", "cancel", "expire", "fetch")] == [0] * 5


def test_who_may_not_see_payments_may_not_act_on_them(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    blind = acting.staff("refund_payment", "decide_attempt")

    assert blind.get(acting.act_url(payment, "refund")).status_code == 403
    entry = reverse("admin:payments_payment_acted", args=[payment.pk, payment.pk])
    assert blind.get(entry).status_code == 403


def test_deciding_and_resolving_need_their_own_permissions(shop: Project, script: Script) -> None:
    script.pay = [OutcomeUnknown("timeout")]
    payment = acting.pay(factories.pay_command(shop)).payment
    item = OperatorItem.objects.create(project=shop, payment=payment, kind="in_doubt", about="x", next_step="Look.")
    clerk = acting.staff("view_payment", "view_operatoritem", "check_payment", name="clerk")
    attempt = payment.attempts.get()
    resolve = reverse("admin:payments_operatoritem_resolve", args=[item.pk])

    for url in (acting.decide_url(attempt), resolve):
        assert (clerk.get(url).status_code, clerk.post(url, {"note": "because"}).status_code) == (403, 403)
    page = clerk.get(reverse("admin:payments_operatoritem_change", args=[item.pk])).content.decode()
    assert (resolve in page, acting.decide_url(attempt) in page) == (False, False)


def test_a_visitor_is_sent_to_the_login(shop: Project, script: Script) -> None:
    answer = Client().post(acting.act_url(acting.paid(shop, script), "refund"), FIELDS)

    assert (answer.status_code, Refund.objects.count()) == (302, 0)


def test_nothing_is_done_by_a_link_or_from_another_site(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    marta = acting.staff(*acting.ALL)
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="marta"))

    assert marta.get(url, {"token": token, "confirmed": "yes", **FIELDS}).status_code == 200
    assert strict.post(url, {"token": token, "confirmed": "yes", **FIELDS}).status_code == 403
    assert script.count("refund") == 0


def test_a_form_of_another_user_action_or_payment_or_an_altered_one_does_nothing(shop: Project, script: Script) -> None:
    payment, other = acting.paid(shop, script), acting.paid(shop, script)
    marta, paul = acting.staff(*acting.ALL), acting.staff(*acting.ALL, name="paul")
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)

    for client, where, given in (
        (paul, url, token),
        (marta, acting.act_url(other, "refund"), token),
        (marta, url, token[:-2]),
        (marta, url, "nonsense"),
    ):
        answer = client.post(where, {"token": given, "confirmed": "yes", **FIELDS})
        assert (answer.status_code, "Nothing was done" in answer.context["notice"]) == (409, True)
    assert (script.count("refund"), AuditEntry.objects.count()) == (0, 0)


def test_the_database_refuses_to_change_the_audit_trail(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    acting.send(acting.staff(*acting.ALL), acting.act_url(payment, "refund"), **FIELDS)
    rows = AuditEntry.objects.order_by("id")

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(actor="nobody")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(outcome="ok").delete()
    assert list(rows.values_list("actor", flat=True)) == ["marta", "marta"]


def test_the_audit_trail_lists_one_line_an_action(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    marta = acting.staff(*acting.ALL, "view_auditentry")
    acting.send(marta, acting.act_url(payment, "refund"), **FIELDS)

    listed = marta.get(reverse("admin:payments_auditentry_changelist"), {"who": "marta", "outcome__exact": "ok"})

    assert [row.outcome for row in listed.context["cl"].result_list] == ["ok"]
