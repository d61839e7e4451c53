"""Invoices in the backoffice: read, downloaded, looked at again, with the issuer behind them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice, IssueJob, IssuerProfile
from invoices.services import files
from payments.models import AuditEntry
from tests import factories
from tests.invoices import shop
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
ISSUER = {
    "when": "at_capture",
    "company": "Tazze S.r.l.",
    "street": "Via Roma 1",
    "postal_code": "20121",
    "city": "Milano",
    "country": "it",
    "vat_id": "12345670017",
    "iban": "IT60 X054 2811 1010 0000 0123 456",
    "language": "it",
    "prices_include_tax": "on",
    "default_vat_rate": "22",
    "number_template": "{series}{year}-{n:05}",
    "invoice_series": "INV",
    "credit_note_series": "CN",
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch) -> None:
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
    monkeypatch.setattr(files, "render", shop.quick_render)


@pytest.fixture
def account(project, script):
    return factories.make_account(project)


def staff(*rights: str) -> Client:
    user = make_staff("clerk", *rights)
    client = Client()
    client.force_login(user)
    return client


def url(what: str, *args: object) -> str:
    return reverse(f"admin:invoices_{what}", args=args)


def test_an_invoice_is_listed_shown_and_downloaded(project, account, script, superuser):
    shop.make_profile(project)
    payment = shop.paid(project, script)
    shop.work()
    shop.make_files()
    invoice = Invoice.objects.get()

    listed = superuser.get(url("invoice_changelist")).content.decode()
    shown = superuser.get(url("invoice_change", invoice.pk)).content.decode()
    pdf = superuser.get(url("invoice_pdf", invoice.pk))

    assert invoice.number in listed
    assert "12.99 EUR" in listed
    assert payment.shop_transaction_id in shown
    assert "Make the file again" in shown
    assert pdf.content.startswith(b"%PDF")
    assert superuser.post(url("invoice_change", invoice.pk), {"number": "x"}).status_code == 403
    assert superuser.get(url("invoice_delete", invoice.pk)).status_code == 403


def test_what_is_held_is_looked_at_again_with_a_reason_and_an_audit_row(project, account, script, superuser):
    profile = shop.make_profile(project)
    shop.paid(project, script, additional_data={})
    shop.work()
    IssuerProfile.objects.filter(pk=profile.pk).update(default_vat_rate=22)
    job = IssueJob.objects.get()
    page = url("issuejob_again", job.pk)
    assert "Look again" in superuser.get(url("issuejob_change", job.pk)).content.decode()
    assert superuser.post(page, {"reason": " "}).status_code == 400

    superuser.post(page, {"reason": "rate set"})
    shop.work()

    assert Invoice.objects.count() == 1
    entry = AuditEntry.objects.get(action="issue")
    assert (entry.note, entry.before) == ("rate set", {"problem": "rate_missing"})


def test_a_file_is_made_again_and_the_document_stays(project, account, script, superuser):
    shop.make_profile(project)
    shop.paid(project, script)
    shop.work()
    shop.make_files()
    before = Invoice.objects.values("number", "document").get()
    superuser.post(url("invoice_again", Invoice.objects.get().pk), {"reason": "disk lost"})
    assert Invoice.objects.get().file_state == "due"
    shop.make_files()
    assert Invoice.objects.get().file_state == "ready"
    assert Invoice.objects.values("number", "document").get() == before


def test_who_may_only_look_may_neither_issue_nor_change(project, account, script):
    shop.make_profile(project)
    shop.paid(project, script)
    shop.work()
    invoice = Invoice.objects.get()
    clerk = staff("view_invoice", "view_issuerprofile")
    assert clerk.get(url("invoice_change", invoice.pk)).status_code == 200
    assert "Make the file again" not in clerk.get(url("invoice_change", invoice.pk)).content.decode()
    assert clerk.post(url("invoice_again", invoice.pk), {"reason": "x"}).status_code == 403
    assert clerk.post(url("issuerprofile_change", IssuerProfile.objects.get().pk), ISSUER).status_code == 403
    assert clerk.get(url("issuejob_changelist")).status_code == 403


def test_an_issuer_is_made_and_changed_in_standard_form_with_an_audit_row(project, superuser):
    logo = SimpleUploadedFile("logo.svg", SVG)
    made = superuser.post(url("issuerprofile_add"), ISSUER | {"project": str(project.pk), "logo_file": logo})
    assert made.status_code == 302
    profile = IssuerProfile.objects.get(project=project)
    assert (profile.vat_id, profile.iban, profile.country) == ("IT12345670017", "IT60X0542811101000000123456", "IT")
    assert profile.logo.type == "image/svg+xml"
    superuser.post(url("issuerprofile_change", profile.pk), ISSUER | {"city": "Roma", "without_logo": "on"})
    profile.refresh_from_db()
    assert (profile.city, profile.logo) == ("Roma", None)
    entry = AuditEntry.objects.filter(action="issuer").latest("created_at")
    assert (entry.before["city"], entry.after["city"]) == ("Milano", "Roma")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vat_id": "IT12345670018"}, "vat_id"),
        ({"vat_id": "IT12345670017", "country": "DE"}, "vat_id"),
        ({"iban": "IT60X0542811101000000123457"}, "iban"),
        ({"bic": "NOPE"}, "bic"),
        ({"number_template": "{n}"}, "number_template"),
        ({"default_vat_rate": "101"}, "default_vat_rate"),
        ({"country": "ITA"}, "country"),
        ({"logo_file": SimpleUploadedFile("l.svg", SVG.replace(b"<rect", b"<script/><rect"))}, "logo_file"),
        ({"logo_file": SimpleUploadedFile("l.svg", b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + SVG)}, "logo_file"),
        ({"logo_file": SimpleUploadedFile("l.png", b"\x89PNG\r\n\x1a\n" + b"0" * 300_000)}, "logo_file"),
        ({"logo_file": SimpleUploadedFile("l.svg", SVG.replace(b"<rect", b'<rect onload="x()"'))}, "logo_file"),
        (
            {"logo_file": SimpleUploadedFile("l.svg", SVG.replace(b"<rect", b'<rect fill="url(http://x/y)"'))},
            "logo_file",
        ),
    ],
)
def test_a_wrong_issuer_is_refused_at_its_field(project, superuser, change, field):
    for upload in change.values():
        if isinstance(upload, SimpleUploadedFile):
            upload.seek(0)
    answer = superuser.post(url("issuerprofile_add"), ISSUER | {"project": str(project.pk)} | change)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not IssuerProfile.objects.exists()
