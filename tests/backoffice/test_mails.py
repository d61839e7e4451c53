"""The pages of mails: reading, sending again, templates and settings."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments.models import AuditEntry, Mail, MailProfile, MailState, MailTemplate, Payment
from tests.backoffice import rows
from tests.backoffice.acting import result, send, staff

EDIT = ("view_mailtemplate", "edit_mailtemplate")


@pytest.fixture
def mail(story: Payment) -> Mail:
    return rows.make_mail(story)


def _page(mail: Mail) -> str:
    return reverse("admin:payments_mail_change", args=[mail.pk])


def _edit(payment: Payment, event: str = "payment_paid", language: str = "it") -> str:
    return reverse("admin:payments_mailtemplate_edit", args=[payment.project_id, event, language])


def test_a_mail_is_shown_in_a_frame_that_runs_nothing(mail: Mail) -> None:
    text = staff("view_mail").get(_page(mail)).content.decode()
    assert '<iframe class="hub-mail" sandbox=""' in text
    assert "&lt;script&gt;alert(" in text
    assert "<script>alert(" not in text
    assert f"&lt;{mail.pk.hex}@testserver&gt;" in text
    assert "Send again" not in text


def test_a_mail_is_sent_again_with_a_reason_and_a_row_in_the_audit_trail(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT)
    client = staff("view_mail", "resend_mail")
    assert "Send again" in client.get(_page(mail)).content.decode()

    answer = send(client, reverse("admin:payments_mail_resend", args=[mail.pk]), note="She lost it")

    assert "Done" in result(client, answer).content.decode()
    copy = Mail.objects.exclude(pk=mail.pk).get()
    assert (copy.state, copy.version) == (MailState.DUE, "captured-12990#2")
    entry = AuditEntry.objects.get(action="resend_mail", outcome="ok")
    assert (entry.actor, entry.note, entry.details) == ("marta", "She lost it", {"mail": str(copy.pk)})


def test_one_form_sends_once(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT)
    client, url = staff("view_mail", "resend_mail"), reverse("admin:payments_mail_resend", args=[mail.pk])
    token = client.get(url).context["token"]
    for _ in range(2):
        send(client, url, token, note="Again")
    assert Mail.objects.count() == 2


def test_without_the_permission_nothing_is_sent_again(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT)
    url = reverse("admin:payments_mail_resend", args=[mail.pk])
    assert staff("view_mail").post(url, {"note": "x"}).status_code == 403
    assert Mail.objects.count() == 1


def test_a_payments_page_tells_of_its_mails(mail: Mail, superuser: Client) -> None:
    text = superuser.get(reverse("admin:payments_payment_change", args=[mail.payment_id])).content.decode()
    assert "E-mail to the customer: payment paid is due" in text


def test_a_template_is_previewed_saved_and_given_up(story: Payment, settings: Any) -> None:
    client, url = staff(*EDIT), _edit(story)
    fields = {
        "subject": "Grazie {{ buyer_name }}",
        "html": "<p>{{ amount }}</p>",
        "text": "{{ amount }}",
        "based_on": "0",
    }

    shown = client.post(url, fields | {"do": "preview"})
    assert "Grazie Ada Rossi" in shown.content.decode()
    assert MailTemplate.objects.count() == 0

    assert client.post(url, fields | {"do": "save"}).status_code == 200, "a reason is needed"
    assert client.post(url, fields | {"do": "save", "note": "nicer"}).status_code == 302
    assert "version 1" in client.get(reverse("admin:payments_mailtemplate_changelist")).content.decode()
    again = client.post(url, fields | {"do": "save", "note": "nicer"})
    assert "Version 1 was saved meanwhile" in again.content.decode()
    assert client.post(url, fields | {"do": "ours", "based_on": "1", "note": "back"}).status_code == 302
    assert [row.html for row in MailTemplate.objects.order_by("number")] == ["<p>{{ amount }}</p>", ""]


@pytest.mark.parametrize("html", ["<script>alert(1)</script>", "{{ x }}", "{% for i in range(10**9) %}x{% endfor %}"])
def test_a_template_that_may_not_be_is_named_and_not_saved(story: Payment, html: str) -> None:
    fields = {"subject": "x", "html": html, "text": "x", "based_on": "0", "note": "try", "do": "save"}
    answer = staff(*EDIT).post(_edit(story), fields)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert MailTemplate.objects.count() == 0


def test_a_test_goes_to_the_users_own_address(story: Payment, settings: Any) -> None:
    settings.EMAIL_FROM = "Shop <pay@shop.example>"
    client = staff(*EDIT)
    fields = {"subject": "x", "html": "<p>x</p>", "text": "x", "based_on": "0", "do": "test"}
    assert "no mail address" in client.post(_edit(story), fields).content.decode()
    User.objects.update(email="marta@shop.example")
    assert "m***@shop.example" in client.post(_edit(story), fields).content.decode()
    assert Mail.objects.get().event == "payment_paid"
    assert AuditEntry.objects.filter(action="test_mail", outcome="ok").count() == 1


@pytest.mark.parametrize(("permissions", "status"), [((), 403), (("view_mailtemplate",), 403), (EDIT, 200)])
def test_who_may_edit_templates(story: Payment, permissions: tuple[str, ...], status: int) -> None:
    assert staff(*permissions).get(_edit(story)).status_code == status


@pytest.mark.parametrize(("event", "language"), [("payment_paid", "xx"), ("9bad name", "it")])
def test_a_mail_or_language_that_cannot_be_is_not_found(story: Payment, event: str, language: str) -> None:
    assert staff(*EDIT).get(_edit(story, event, language)).status_code == 404


def test_mail_settings_are_changed_with_a_reason(story: Payment) -> None:
    url = reverse("admin:payments_mailprofile_edit", args=[story.project_id])
    fields = {"sender": "Aurora <ciao@aurora.example>", "customer_mails": "on", "staff_to": "a@x.example\nb@x.example"}
    client = staff("view_mailprofile", "edit_mailprofile")
    assert client.post(url, fields).status_code == 200
    assert client.post(url, fields | {"note": "new", "sender": "nobody"}).status_code == 200
    assert client.post(url, fields | {"note": "new"}).status_code == 302
    row = MailProfile.objects.get()
    assert (row.sender, row.staff_to) == ("Aurora <ciao@aurora.example>", ["a@x.example", "b@x.example"])
    assert staff("view_mailprofile", name="olga").post(url, fields | {"note": "new"}).status_code == 403
