"""The document of an event, for a mail about it."""

import pytest

from invoices import storage
from invoices.attachment import Readiness, attachment_for
from invoices.models import Invoice
from invoices.services import files
from payments.models import OutboxEvent
from payments.outbound.publish import publish_due
from tests.invoices import shop

pytestmark = pytest.mark.django_db(transaction=True)


def asked(payment, type="payment.captured"):
    event = OutboxEvent.objects.get(payment=payment, type=type)
    refund = payment.refunds.first() if type.startswith("refund") else None
    return attachment_for(
        project_id=payment.project_id,
        payment_id=payment.id,
        event_id=event.id,
        event_type=event.type,
        refund_id=refund and refund.id,
    )


def test_it_will_come_and_then_is_here(project, profile, account, script, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    payment = shop.paid(project, script)
    publish_due()
    assert asked(payment).readiness is Readiness.NOT_YET
    shop.work()
    assert asked(payment).readiness is Readiness.NOT_YET
    shop.make_files()
    found = asked(payment)
    number = Invoice.objects.get().number
    assert (found.readiness, found.name, found.media_type) == (Readiness.READY, f"{number}.pdf", "application/pdf")
    assert found.content.startswith(b"%PDF")
    storage.files().delete(storage.stored_name(Invoice.objects.get(), "pdf"))
    assert asked(payment).readiness is Readiness.NOT_YET


def test_a_refund_has_its_credit_note(project, profile, account, script, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    payment = shop.paid(project, script)
    shop.give_back(payment, script, 100)
    shop.work()
    shop.make_files()
    assert "CN" in asked(payment, "refund.succeeded").name


def test_what_is_held_never_invoiced_or_of_no_invoicing_project_never_comes(project, account, script):
    payment = shop.paid(project, script, additional_data={})
    publish_due()
    assert asked(payment).readiness is Readiness.NEVER
    shop.make_profile(project)
    other = shop.paid(project, script, additional_data={})
    shop.work()
    assert shop.waiting(other) == [("held", "rate_missing")]
    assert asked(other).readiness is Readiness.NEVER
