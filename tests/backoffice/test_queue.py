"""The operators' queue: what comes first, who is on it, where each item leads, and closing many with one reason."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.links import page_of
from backoffice.queue.leads import leads
from paymenthub.kernel import clock
from paymenthub.kernel.errors import WrongState
from payments.domain.attempt import ItemKind
from payments.models import AuditEntry, OperatorItem, Payment, Project
from payments.services.take_item import leave_item, take_item
from tests.backoffice import acting, rows
from tests.concurrency.race import errors_in, together
from tests.factories import make_project
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:payments_operatoritem_changelist"


@pytest.fixture
def payment(account: rows.ProviderAccount) -> Payment:
    return rows.make_payment(account)


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*acting.ALL)


def make_item(of: Payment, kind: ItemKind = ItemKind.EXTERNAL_REFUND, about: str = "x", **over: Any) -> OperatorItem:
    fields: dict[str, Any] = {"project": of.project, "payment": of, "next_step": "Look.", "evidence": {}}
    fields |= over
    return OperatorItem.objects.create(kind=kind, about=about, **fields)


def listed(client: Client, **filters: str) -> list[str]:
    return [item.about for item in client.get(reverse(LIST), filters).context["cl"].result_list]


def url(item: OperatorItem, name: str) -> str:
    return reverse(f"admin:payments_operatoritem_{name}", args=[item.pk])


def test_money_at_risk_comes_first_and_the_oldest_of_it_at_the_top(payment: Payment, marta: Client) -> None:
    make_item(payment, ItemKind.MAIL_FAILED, "mail")
    make_item(payment, ItemKind.SECOND_WINNER, "older money")
    make_item(payment, ItemKind.METADATA_REFUSED, "later")
    make_item(payment, ItemKind.CHARGEBACK, "newer money")
    assert listed(marta) == ["older money", "newer money", "mail", "later"]


def test_the_queue_is_filtered_by_priority_person_age_and_kind(payment: Payment, marta: Client) -> None:
    make_item(payment, ItemKind.CHARGEBACK, "mine", taken_by="marta")
    make_item(payment, ItemKind.MAIL_FAILED, "paul's", taken_by="paul")
    make_item(payment, ItemKind.MAIL_FAILED, "old", created_at=clock.now() - dt.timedelta(days=2))

    assert listed(marta, priority="1") == ["mine"]
    assert listed(marta, taken="me") == ["mine"]
    assert listed(marta, taken="others") == ["paul's"]
    assert listed(marta, taken="nobody") == ["old"]
    assert listed(marta, age="day") == ["old"]
    assert listed(marta, kind__exact="chargeback") == ["mine"]


@pytest.mark.parametrize("kind", ItemKind)
def test_the_page_of_every_kind_says_what_to_do_and_offers_a_way(kind: ItemKind, payment: Payment) -> None:
    item = make_item(payment, kind)
    root = Client()
    root.force_login(User.objects.create_superuser("root"))

    page = root.get(page_of(item))

    assert page.status_code == 200
    assert [str(step) for step in page.context["guide"].steps]
    verbs = [str(action["verb"]) for action in page.context["actions"]]
    assert "Resolve" in verbs
    assert "Open the payment" in verbs


def test_each_lead_goes_to_a_page_that_opens(payment: Payment, superuser: Client) -> None:
    # given rows that items of several kinds are about
    step, mail = rows.make_step(payment), rows.make_mail(payment)
    notification = rows.make_notification(payment, state="unmatched")
    rows.make_subscription(payment)
    items = [
        make_item(payment, ItemKind.STEP_FAILED, evidence={"command": str(step.pk)}),
        make_item(payment, ItemKind.MAIL_FAILED, f"mail:{mail.pk.hex}"),
        make_item(payment, ItemKind.UNMATCHED, f"notification:{notification.pk}", payment=None),
        make_item(payment, ItemKind.ACCOUNT_MISMATCH, f"notification:{notification.pk}", payment=None),
        make_item(payment, ItemKind.CHARGED_AFTER_CANCEL, payment.public_id),
        make_item(payment, ItemKind.CREDENTIALS),
        make_item(payment, ItemKind.UNKNOWN_HERE, "sandbox:sp_1", payment=None),
        make_item(payment, ItemKind.INVOICE_HELD),
        make_item(payment, ItemKind.MACHINE_MISSING),
        make_item(payment, ItemKind.FLOW_MANAGER, "saga:1", payment=None),
    ]
    root = User.objects.get(username="root")
    wanted = ["Open the step", "Open the mail", "Open the notification", "Open the notification"]

    found = [leads(root, item) for item in items]

    assert [str(one[0]["verb"]) for one in found[:4]] == wanted
    assert str(found[4][0]["verb"]) == "Open the subscription"
    urls = {lead["url"] for one in found for lead in one}
    statuses = {address: superuser.get(address).status_code for address in urls}
    assert {address: status for address, status in statuses.items() if status not in (200, 409)} == {}


def test_a_lead_of_a_page_that_one_may_not_open_is_not_shown(payment: Payment) -> None:
    item = make_item(payment, ItemKind.CREDENTIALS)
    assert leads(make_staff("ada", "view_operatoritem"), item) == []
    assert len(leads(make_staff("bob", "view_payment"), item)) == 1


def test_of_two_people_who_take_an_item_at_once_one_gets_it(payment: Payment) -> None:
    item = make_item(payment)

    def take(name: str) -> OperatorItem:
        return take_item(OperatorItem.objects.get(pk=item.pk), name)

    results = together(lambda: take("ada"), lambda: take("bob"))

    assert [type(error) for error in errors_in(results)] == [WrongState]
    item.refresh_from_db()
    assert (item.taken_by in ("ada", "bob"), AuditEntry.objects.filter(action="take_item").count()) == (True, 1)


def test_control_without_the_condition_both_believe_that_they_have_it(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make_item(payment)
    real = OperatorItem.objects.filter
    monkeypatch.setattr(OperatorItem.objects, "filter", lambda **over: real(pk=over["pk"]))

    results = together(lambda: take_item(item, "ada"), lambda: take_item(OperatorItem.objects.get(pk=item.pk), "bob"))

    assert errors_in(results) == []
    assert AuditEntry.objects.filter(action="take_item").count() == 2


def test_an_item_is_taken_left_and_taken_over_and_each_is_written_down(payment: Payment, marta: Client) -> None:
    item = make_item(payment)

    marta.post(url(item, "take"), {"seen": ""})
    item.refresh_from_db()
    assert item.taken_by == "marta"

    paul = acting.staff(*acting.ALL, name="paul")
    stale = paul.post(url(item, "take"), {"seen": ""}, follow=True)
    assert "marta is on this item." in stale.content.decode()
    paul.post(url(item, "take"), {"seen": "marta"})
    item.refresh_from_db()
    assert item.taken_by == "paul"

    paul.post(url(item, "leave"))
    item.refresh_from_db()
    assert item.taken_by == ""
    entries = AuditEntry.objects.order_by("id").values_list("action", "actor")
    assert list(entries) == [("take_item", "marta"), ("take_item", "paul"), ("leave_item", "paul")]


def test_nobody_is_put_on_what_is_resolved_and_nobody_else_takes_one_off(payment: Payment) -> None:
    done = make_item(payment, resolved_at=clock.now(), resolved_by="eva", resolution="Compared")
    with pytest.raises(WrongState, match="eva has resolved"):
        take_item(done, "ada")
    taken = make_item(payment, about="y", taken_by="ada")
    with pytest.raises(WrongState):
        leave_item(taken, "bob")


def test_taking_asks_for_the_right_and_for_a_post(payment: Payment, marta: Client) -> None:
    item = make_item(payment)
    reader = acting.staff("view_operatoritem", name="reader")
    assert reader.post(url(item, "take")).status_code == 403
    assert marta.get(url(item, "take")).status_code == 405
    item.refresh_from_db()
    assert item.taken_by == ""


def test_a_resolved_item_is_opened_again_and_what_was_said_stays_in_the_trail(payment: Payment, marta: Client) -> None:
    item = make_item(payment, resolved_at=clock.now(), resolved_by="eva", resolution="Compared")

    shown = acting.result(marta, acting.send(marta, url(item, "reopen"), note="It was the wrong one"))

    assert "It is in the queue again." in shown.content.decode()
    item.refresh_from_db()
    assert (item.resolved_at, item.resolved_by) == (None, "")
    final = AuditEntry.objects.get(action="reopen_item", outcome="ok")
    assert final.details == {"resolvedBy": "eva", "resolution": "Compared"}


def test_an_item_is_not_opened_again_while_the_same_trouble_is_open(payment: Payment, marta: Client) -> None:
    done = make_item(payment, resolved_at=clock.now(), resolved_by="eva", resolution="Compared")
    make_item(payment)

    shown = acting.result(marta, acting.send(marta, url(done, "reopen"), note="It was the wrong one"))

    assert "The same trouble is open as another item" in shown.content.decode()
    done.refresh_from_db()
    assert done.resolved_at is not None


def tick(client: Client, *items: OperatorItem) -> Any:
    keys = [str(item.pk) for item in items]
    return client.post(reverse(LIST), {"action": "resolve_ticked", "_selected_action": keys}, follow=True)


def test_items_of_one_kind_are_resolved_with_one_reason_each_in_the_trail(payment: Payment, marta: Client) -> None:
    items = [make_item(payment, about=name) for name in "abc"]

    page = tick(marta, *items[:2])
    done = marta.post(page.context["url"], {"token": page.context["token"], "note": "Compared with the bank"})

    assert [result["done"] for result in done.context["results"]] == [True, True]
    assert listed(marta) == ["c"]
    trail = AuditEntry.objects.filter(action="resolve", outcome="ok")
    assert {(row.item_id, row.note) for row in trail} == {(item.pk, "Compared with the bank") for item in items[:2]}


def test_the_same_form_sent_twice_resolves_nothing_twice(payment: Payment, marta: Client) -> None:
    items = [make_item(payment, about=name) for name in "ab"]
    page = tick(marta, *items)
    form = {"token": page.context["token"], "note": "Compared with the bank"}

    together(lambda: marta.post(page.context["url"], form), lambda: marta.post(page.context["url"], form))
    again = marta.post(page.context["url"], form)

    assert [result["done"] for result in again.context["results"]] == [False, False]
    assert AuditEntry.objects.filter(action="resolve", outcome="ok").count() == 2


def test_items_of_two_kinds_are_not_resolved_with_one_reason(payment: Payment, marta: Client) -> None:
    page = tick(marta, make_item(payment), make_item(payment, ItemKind.CHARGEBACK))
    assert "Tick items of one kind only" in page.content.decode()


def test_a_bulk_asks_for_the_right_and_takes_no_row_of_another_project(project: Project) -> None:
    foreign = make_item(rows.make_payment(rows.make_account(make_project())))
    own = make_item(rows.make_payment(rows.make_account(project)))
    reader = Client()
    reader.force_login(make_staff("reader", "view_operatoritem"))
    assert tick(reader, own).status_code == 200
    assert reader.post(reverse("admin:payments_operatoritem_resolve_many"), {"token": "x"}).status_code == 403
    scoped = Client()
    scoped.force_login(make_staff("ada", "view_operatoritem", "resolve_operatoritem", projects=(project,)))

    page = tick(scoped, own, foreign)
    scoped.post(page.context["url"], {"token": page.context["token"], "note": "Compared with the bank"})

    foreign.refresh_from_db()
    own.refresh_from_db()
    assert (own.resolved_by, foreign.resolved_at) == ("ada", None)


def test_a_bulk_without_a_reason_or_with_another_persons_form_does_nothing(payment: Payment, marta: Client) -> None:
    item = make_item(payment)
    page = tick(marta, item)
    token = page.context["token"]

    assert marta.post(page.context["url"], {"token": token, "note": ""}).status_code == 200
    paul = acting.staff(*acting.ALL, name="paul")
    assert paul.post(page.context["url"], {"token": token, "note": "Compared"}).status_code == 302

    item.refresh_from_db()
    assert item.resolved_at is None


def test_the_queue_costs_the_same_with_few_and_many_items(payment: Payment, marta: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            marta.get(reverse(LIST))
        return len(captured)

    make_item(payment)
    queries()  # the first page of a session notes it
    few = queries()
    for number in range(20):
        make_item(payment, about=str(number))
    assert queries() == few
