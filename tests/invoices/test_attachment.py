"""The document that a mail is about goes with it, once it is there."""

import pytest

from invoices import storage
from invoices.attachment import offer
from invoices.models import Invoice
from invoices.services import files
from payments.models import Mail
from payments.notifications.attachments import Readiness
from payments.outbound.publish import publish_due
from tests.invoices import shop

pytestmark = pytest.mark.django_db(transaction=True)


def asked(payment, event="payment_paid", version="captured-1299"):
    return offer(Mail(project=payment.project, payment=payment, event=event, version=version))


def test_it_will_come_and_then_is_here(project, profile, account, script, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    payment = shop.paid(project, script)
    assert asked(payment).readiness is Readiness.NOT_YET  # its event is not published yet
    publish_due()
    assert asked(payment).readiness is Readiness.NOT_YET
    shop.work()
    assert asked(payment).readiness is Readiness.NOT_YET
    shop.make_files()
    found = asked(payment)
    number = Invoice.objects.get().number
    assert found.readiness is Readiness.READY
    (file,) = found.files
    assert (file.name, file.content_type) == (f"{number}.pdf", "application/pdf")
    assert file.data.startswith(b"%PDF")
    storage.files().delete(storage.stored_name(Invoice.objects.get(), "pdf"))
    assert asked(payment).readiness is Readiness.NOT_YET


def test_each_refund_has_its_own_credit_note(project, profile, account, script, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    payment = shop.paid(project, script)
    shop.give_back(payment, script, 100)
    shop.give_back(payment, script, 250)
    shop.work()
    shop.make_files()
    first, second = Invoice.objects.exclude(movement=None).order_by("sequence")

    names = [asked(payment, "refund_partial", f"refunded-{sum}").files[0].name for sum in (100, 350)]

    assert names == [f"{first.number}.pdf", f"{second.number}.pdf"]


@pytest.mark.parametrize("event", ["payment_failed", "payment_link", "of_the_projects_own"])
def test_a_mail_about_anything_else_has_none(project, profile, account, script, event):
    assert asked(shop.paid(project, script), event).readiness is Readiness.NEVER


def test_what_is_held_never_invoiced_or_of_no_invoicing_project_never_comes(project, account, script):
    payment = shop.paid(project, script, additional_data={})
    publish_due()
    assert asked(payment).readiness is Readiness.NEVER
    shop.make_profile(project)
    other = shop.paid(project, script, additional_data={})
    shop.work()
    assert shop.waiting(other) == [("held", "rate_missing")]
    assert asked(other).readiness is Readiness.NEVER
