"""Callbacks and mails again, subscriptions many at once, and invoices as a ZIP."""

import io
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.models import ActionBatch, BatchRow
from invoices.services import files
from payments.models import AuditEntry, Delivery, Mail, Payment, ProviderAccount, Subscription, WebhookEndpoint
from tests import factories
from tests.backoffice import acting, bulk, rows
from tests.invoices import shop
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
MAY = ("view_payment", "view_delivery", "resend_delivery", "view_mail", "resend_mail")


@pytest.fixture
def payment(account: ProviderAccount) -> Payment:
    return rows.make_payment(account)


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*MAY)


def given_up(payment: Payment, **over: Any) -> Delivery:
    return rows.make_delivery(payment, 500, state="given_up", **over)


def test_one_callback_is_due_at_once_as_the_same_event(payment: Payment, marta: Client) -> None:
    delivery = given_up(payment)
    event_id = delivery.event_id

    shown = acting.result(marta, acting.send(marta, resend_url(delivery), note="The shop is back"))

    delivery.refresh_from_db()
    assert (shown.context["heading"], delivery.state, delivery.event_id) == ("Done", "due", event_id)
    entry = AuditEntry.objects.get(object_id=delivery.pk, number=1)
    assert (entry.action, entry.actor, entry.note) == ("resend_callback", "marta", "The shop is back")


def resend_url(delivery: Delivery) -> str:
    return reverse("admin:payments_delivery_resend", args=[delivery.pk])


def test_s65_the_form_sent_twice_makes_it_due_once(payment: Payment, marta: Client) -> None:
    delivery = given_up(payment)
    token = acting.token_of(marta, resend_url(delivery))

    for _ in range(2):
        acting.send(marta, resend_url(delivery), token, note="The shop is back")

    assert AuditEntry.objects.filter(object_id=delivery.pk, number__isnull=False).count() == 1


def test_one_that_is_about_to_be_sent_is_not_offered(payment: Payment, marta: Client) -> None:
    delivery = rows.make_delivery(payment)

    assert marta.get(resend_url(delivery)).status_code == 409


def test_one_of_an_endpoint_that_is_switched_off_is_left_out(payment: Payment, marta: Client) -> None:
    off = WebhookEndpoint.objects.create(
        project=payment.project, mode="test", url="https://off.example/", secrets_sealed="x", enabled=False
    )
    good, deaf = given_up(payment), given_up(payment, endpoint=off, url=off.url)

    batch = bulk.choose(marta, "callbacks", [deaf, good])

    assert [(row.target, row.state) for row in batch.rows.order_by("number")] == [
        (good.pk, "waiting"),
        (deaf.pk, "left_out"),
    ]


def test_many_go_out_in_the_order_of_their_events(payment: Payment, marta: Client) -> None:
    first, second = given_up(payment), given_up(payment)
    batch = bulk.choose(marta, "callbacks", [second, first])

    bulk.start(marta, batch)
    bulk.run(batch)

    again = Delivery.objects.filter(pk__in=[first.pk, second.pk]).order_by("next_try_at")
    assert [(row.pk, row.state) for row in again] == [(first.pk, "due"), (second.pk, "due")]
    assert bulk.ended(batch) == [("ended", "ok")] * 2


def test_a_range_takes_the_endpoints_failed_ones_of_that_time_only(payment: Payment, marta: Client) -> None:
    endpoint = WebhookEndpoint.objects.create(
        project=payment.project, mode="test", url="https://shop.example/hook", secrets_sealed="x"
    )
    wanted = given_up(payment, endpoint=endpoint, url=endpoint.url)
    given_up(payment)
    rows.make_delivery(payment, 200, state="delivered", endpoint=endpoint, url=endpoint.url)
    early = given_up(payment, endpoint=endpoint, url=endpoint.url)
    type(early.event).objects.filter(pk=early.event_id).update(created_at=rows.START)
    url = reverse("admin:payments_delivery_range")
    form = marta.get(f"{url}?endpoint={endpoint.pk}").context["form"].initial

    answer = marta.post(url, form | {"which": "given_up"})

    batch = ActionBatch.objects.get()
    assert answer.headers["Location"] == bulk.page_url(batch)
    assert list(batch.rows.values_list("target", flat=True)) == [wanted.pk]


@pytest.mark.parametrize(
    ("since", "until", "field"), [("2026-03-02", "2026-03-01", "until"), ("2026-01-01", "2026-06-01", "until")]
)
def test_a_range_that_cannot_be_is_told_in_the_form(
    payment: Payment, marta: Client, since: str, until: str, field: str
) -> None:
    fields = {"project": payment.project_id, "mode": "test", "which": "all", "since": since, "until": until}

    answer = marta.post(reverse("admin:payments_delivery_range"), fields)

    assert list(answer.context["form"].errors) == [field]


def test_the_newest_callback_of_each_payment_and_a_word_about_those_without(
    payment: Payment, account: ProviderAccount, marta: Client
) -> None:
    given_up(payment)
    newest, silent = given_up(payment), rows.make_payment(account)

    batch = bulk.choose(marta, "newest_callbacks", [payment, silent])

    found = {row.target: (row.state, row.message) for row in batch.rows.all()}
    assert found == {newest.pk: ("waiting", ""), silent.pk: ("left_out", "Nothing was ever sent about it.")}


def test_foreign_callbacks_are_not_chosen(payment: Payment, account: ProviderAccount) -> None:
    make_staff("anna", *MAY, projects=(factories.make_project(name="other"),))
    anna = Client()
    anna.force_login(User.objects.get(username="anna"))
    delivery = given_up(payment)

    anna.post(
        reverse("admin:payments_delivery_changelist"), {"action": "callbacks", "_selected_action": [str(delivery.pk)]}
    )

    assert (BatchRow.objects.count(), anna.get(resend_url(delivery)).status_code) == (0, 404)


def test_mails_again_with_a_word_about_what_is_under_way(payment: Payment, marta: Client) -> None:
    failed, due = rows.make_mail(payment), None
    Mail.objects.filter(pk=failed.pk).update(state="failed")
    batch = bulk.choose(marta, "mails", [failed])

    bulk.start(marta, batch)
    bulk.run(batch)

    failed.refresh_from_db()
    assert (failed.state, bulk.ended(batch), due) == ("due", [("ended", "ok")], None)
    again = bulk.choose(marta, "newest_mails", [payment])
    assert again.rows.get().message == "It is under way, was never to be sent, or its content was erased."


def test_subscriptions_are_paused_resumed_and_ended(payment: Payment) -> None:
    client = acting.staff("view_subscription", "cancel_subscription")
    row = rows.make_subscription(payment)

    for kind, more in (
        ("pause_subscriptions", {}),
        ("resume_subscriptions", {}),
        ("cancel_subscriptions", {"at_once": "on"}),
    ):
        batch = bulk.choose(client, kind, [row])
        bulk.start(client, batch, **more)
        bulk.run(batch)
        assert bulk.ended(batch) == [("ended", "ok")], (kind, batch.rows.get().message)

    assert Subscription.objects.get(pk=row.pk).has_ended


def test_invoices_come_as_one_zip_and_those_without_are_named(
    project: Any, script: Any, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
    monkeypatch.setattr(files, "render", shop.quick_render)
    account = factories.make_account(project)
    shop.make_profile(project)
    paid, without = shop.paid(project, script), rows.make_payment(account)
    shop.work()
    shop.make_files()
    client = acting.staff("view_payment", "view_invoice")
    batch = bulk.choose(client, "invoices", [paid, without])
    assert [row.message for row in batch.rows.order_by("number")] == ["", "It has no invoice."]

    answer = bulk.start(client, batch)
    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()

    assert (len(names), names[-1]) == (2, "index.csv")
    assert AuditEntry.objects.filter(action="invoice_zip", actor="marta", object_id=batch.pk).count() == 2
    assert bulk.start(client, batch).status_code == 302
    assert batch.state == "done"


def test_s54_invoices_of_a_project_that_was_lost_after_the_page_was_opened_stay_inside(
    project: Any, script: Any, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
    monkeypatch.setattr(files, "render", shop.quick_render)
    factories.make_account(project)
    shop.make_profile(project)
    paid = shop.paid(project, script)
    shop.work()
    shop.make_files()
    user = make_staff("anna", "view_payment", "view_invoice", projects=(project,))
    client = Client()
    client.force_login(user)
    batch = bulk.choose(client, "invoices", [paid])
    user.staff_profile.projects.clear()

    answer = bulk.start(client, batch)

    assert (answer.status_code, batch.state) == (302, "draft")
    assert not AuditEntry.objects.filter(action="invoice_zip").exists()


def test_of_two_projects_only_the_invoices_of_the_one_that_is_left_go_out(
    project: Any, script: Any, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
    monkeypatch.setattr(files, "render", shop.quick_render)
    other = factories.make_project(name="other")
    for each in (project, other):
        factories.make_account(each)
        shop.make_profile(each)
    mine, lost = shop.paid(project, script), shop.paid(other, script)
    shop.work()
    shop.make_files()
    user = make_staff("anna", "view_payment", "view_invoice", projects=(project, other))
    client = Client()
    client.force_login(user)
    batch = bulk.choose(client, "invoices", [mine, lost])
    user.staff_profile.projects.remove(other)

    answer = bulk.start(client, batch)
    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()

    assert len([name for name in names if name.endswith(".pdf")]) == 1
    assert (bulk.row(batch, mine).outcome, bulk.row(batch, lost).outcome) == ("ok", "refused")


def test_the_qr_code_of_a_link_is_downloaded(payment: Payment) -> None:
    link = rows.make_link(payment)
    client = acting.staff("view_paymentlink")

    for kind, begins in (("", b"<?xml"), ("_png", b"\x89PNG")):
        answer = client.get(reverse(f"admin:payments_paymentlink_qr{kind}", args=[link.pk]) + "?download")
        assert answer.content.startswith(begins)
        assert link.public_id in answer.headers["Content-Disposition"]


def test_a_four_eyes_limit_is_set_with_before_and_after(payment: Payment) -> None:
    client = acting.staff("view_projectrefundlimit", "change_projectrefundlimit")
    url = reverse("admin:backoffice_projectrefundlimit_set")
    fields = {"project": payment.project_id, "currency": "jpy", "amount": "5000", "note": "After the audit"}

    client.post(url, fields)
    client.post(url, fields | {"amount": ""})

    found = AuditEntry.objects.filter(action="four_eyes").order_by("pk").values_list("before", "after")
    limit = {"currency": "JPY", "limit": 5000}
    assert list(found) == [(limit | {"limit": None}, limit), (limit, limit | {"limit": None})]
    assert client.post(url, fields | {"amount": "1.5"}).context["form"].errors["amount"]
