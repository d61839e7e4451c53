"""Which documents a payment gets, when, and over what."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from invoices.domain.problems import Unbillable
from invoices.models import FileState, Invoice, IssueJob, NumberSeries, When
from invoices.selectors.invoices import document_of
from invoices.services.compose import Given
from invoices.services.issue import issue_due
from invoices.services.profile import save_profile
from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import Money
from payments.inbox.process import process
from payments.models import Attempt, Movement, OperatorItem, Source
from payments.outbound.publish import publish_due
from payments.services.cancel import cancel
from payments.services.ordering import By
from payments.verdicts import external
from payments.verdicts.apply import Told
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories
from tests.invoices import shop
from tests.invoices.shop import documents, give_back, work
from tests.scripted import notification_body

pytestmark = pytest.mark.django_db(transaction=True)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


def movements(payment, *kinds):
    return sum(Movement.objects.filter(payment=payment, kind__in=kinds).values_list("amount", flat=True))


def test_a_captured_payment_gets_its_invoice(project, profile, account, script):
    payment = shop.paid(project, script)

    (invoice,) = work()

    document = document_of(invoice)
    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 1299)]
    assert (document.number, document.issued_at, document.paid_at) == ("TEST-INV2026-00001", NOON, NOON)
    assert (document.buyer.name, document.issuer.party.vat_id) == ("Ada Rossi", "IT12345670017")
    assert [(group.rate, group.net, group.vat) for group in document.vat_groups] == [(22, 656, 144), (4, 480, 19)]
    assert "not a tax document" in document.notes[0]
    assert invoice.file_state == FileState.DUE
    assert IssueJob.objects.count() == 0


def test_live_money_counts_in_a_series_of_its_own(project, profile, account, script):
    shop.paid(project, script)
    work()
    factories.make_account(project, mode="live")
    payment = shop.paid(project, script, mode="live")
    (invoice,) = work()
    assert documents(payment) == [("invoice", "INV2026-00001", 1299)]
    assert document_of(invoice).notes == ()


def test_two_partial_refunds_have_a_credit_note_each_and_the_sums_are_those_of_the_movements(
    project, profile, account, script
):
    payment = shop.paid(project, script)
    work()
    give_back(payment, script, 500)
    give_back(payment, script, 500)

    notes = work()

    assert documents(payment)[1:] == [
        ("credit_note", "TEST-CN2026-00001", 500),
        ("credit_note", "TEST-CN2026-00002", 500),
    ]
    assert {note.refers_to.number for note in notes} == {"TEST-INV2026-00001"}
    assert {note.refund.amount for note in notes} == {500}
    assert sum(note.gross for note in notes) == -movements(payment, "refunded")
    assert document_of(notes[0]).refers_to == "TEST-INV2026-00001"


def test_s69_a_full_refund_in_parts_takes_back_every_rate_exactly(project, profile, account, script):
    payment = shop.paid(project, script)
    for amount in (1, 500, 333, 465):
        give_back(payment, script, amount)

    first, *notes = [document_of(row) for row in work()]

    back: dict = {}
    for note in notes:
        for group in note.vat_groups:
            net, vat = back.get(group.rate, (0, 0))
            back[group.rate] = net + group.net, vat + group.vat
    assert back == {group.rate: (group.net, group.vat) for group in first.vat_groups}


def test_a_refund_with_lines_takes_back_those(project, profile, account, script):
    payment = shop.paid(project, script)
    items = [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 400, "vatRate": 22}]
    give_back(payment, script, 400, items=items)

    note = document_of(work()[1])

    assert [(line.description, line.rate, line.gross) for line in note.lines] == [("Mug", 22, 400)]


def test_a_refund_with_lines_that_do_not_fit_is_held_and_uses_no_number(project, profile, account, script):
    payment = shop.paid(project, script)
    give_back(payment, script, 400, items=[{"description": "Mug", "amount": 300, "vatRate": 22}])

    work()

    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 1299)]
    assert shop.waiting(payment)[-1] == ("held", "sum_mismatch")
    assert not NumberSeries.objects.filter(series="TEST-CN").exists()


def test_s17_a_refund_that_comes_back_is_undone_by_an_invoice_and_may_be_refunded_again(
    project, profile, account, script
):
    payment = shop.paid(project, script)
    give_back(payment, script, 500)
    work()
    attempt = Attempt.objects.get(payment=payment, kind="refund")
    body = notification_body(
        Outcome.REVERSED, reference=attempt.public_id, about="refund", amount=500, id=f"ref-{attempt.refund.public_id}"
    )
    message = factories.notification(
        body, provider_account=account, project=project, event_key="e1", headers={"x-secret": "s"}
    )
    message.save()
    process(message.pk)

    (undone,) = work()
    give_back(payment, script, 1299)
    work()

    assert [(kind, gross) for kind, _, gross in documents(payment)] == [
        ("invoice", 1299),
        ("credit_note", 500),
        ("invoice", 500),
        ("credit_note", 1299),
    ]
    assert undone.refers_to.kind == "credit_note"
    assert "credit note TEST-CN2026-00001" in document_of(undone).notes[0]


def test_a_refund_made_at_the_provider_has_a_credit_note_and_a_chargeback_has_none(project, profile, account, script):
    payment = shop.paid(project, script)
    for subject, id in ((Subject.CHARGEBACK, "dp_1"), (Subject.REFUND, "re_9")):
        verdict = Verdict(subject, Outcome.SUCCEEDED, Money(300, "EUR"), references=(Reference(subject.value, id),))
        external.record(payment_id=payment.id, verdict=verdict, told=Told(Source.WEBHOOK, "e"))

    work()

    assert [(kind, gross) for kind, _, gross in documents(payment)] == [("invoice", 1299), ("credit_note", 300)]


def test_partial_captures_wait_for_the_last_one(project, profile, account, script):
    payment = shop.held(project, script)
    shop.take(payment, script, 500, final=False)
    assert work() == []
    shop.take(payment, script, 799, final=True)
    work()
    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 1299)]


def test_a_part_that_was_captured_is_invoiced_once_the_rest_is_given_up(project, profile, account, script):
    items = [{"description": "Mug", "amount": 500, "vatRate": 22}]
    payment = shop.held(project, script, additional_data={"items": items})
    shop.take(payment, script, 500, final=False)
    assert work() == []
    script.cancel = [Verdict(Subject.CANCEL, Outcome.CANCELLED)]
    cancel(payment, By())
    work()
    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 500)]


def test_lines_that_do_not_add_up_hold_the_invoice_and_use_no_number(project, profile, account, script):
    payment = shop.paid(project, script, additional_data={"items": shop.ITEMS[:1]})

    assert work() == []

    assert documents(payment) == []
    assert shop.waiting(payment) == [("held", "sum_mismatch")]
    item = OperatorItem.objects.get(kind="invoice_held")
    assert (item.about, item.payment) == (f"invoice:{payment.public_id}", payment)
    assert item.evidence["message"].startswith("The lines come to 800, and 1299 was captured")
    assert NumberSeries.objects.count() == 0


def test_an_invoice_that_is_held_is_issued_by_request_with_the_right_lines(project, profile, account, script):
    payment = shop.paid(project, script, additional_data={})
    work()
    assert shop.waiting(payment) == [("held", "rate_missing")]
    issue_due(payment.id, requested=Given(items=shop.ITEMS))
    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 1299)]


def test_a_payment_that_nobody_described_is_one_line_at_the_projects_rate(project, account, script):
    shop.make_profile(project, default_vat_rate=22, language="it")
    payment = shop.paid(project, script, additional_data={}, shop_transaction_id="order-7")
    work()
    document = document_of(Invoice.objects.get(payment=payment))
    assert [(line.description, line.net, line.vat) for line in document.lines] == [("Ordine order-7", 1065, 234)]


def test_a_buyer_without_a_name_holds_the_invoice(project, profile, account, script):
    payment = shop.paid(project, script, buyer={})
    work()
    assert shop.waiting(payment) == [("held", "buyer_incomplete")]


def test_reverse_charge_needs_the_buyers_vat_id(project, profile, account, script):
    items = [{"description": "Work", "amount": 1299, "vatCategory": "AE"}]
    payment = shop.paid(project, script, additional_data={"items": items})
    work()
    assert shop.waiting(payment) == [("held", "buyer_incomplete")]
    other = shop.paid(project, script, additional_data={"items": items, "buyer": {"vatId": "DE136695976"}})
    work()
    document = document_of(Invoice.objects.get(payment=other))
    assert (document.vat, document.lines[0].exemption_reason) == (0, "Reverse charge")


def test_what_is_held_for_its_issuer_is_issued_once_the_profile_is_mended(project, account, script):
    shop.make_profile(project, street="")
    payment = shop.paid(project, script)
    work()
    assert shop.waiting(payment) == [("held", "issuer_incomplete")]

    save_profile(project=project, values={"street": "Via Roma 1"}, actor="user:1")
    work()

    assert documents(payment) == [("invoice", "TEST-INV2026-00001", 1299)]
    assert OperatorItem.objects.get(kind="invoice_held").resolved_by == "invoices"


@pytest.mark.parametrize("when", [When.NEVER, When.ON_REQUEST])
def test_where_the_project_says_so_nothing_is_issued_by_itself_not_even_for_refunds(project, account, script, when):
    shop.make_profile(project, when=when)
    payment = shop.paid(project, script)
    give_back(payment, script, 100)
    assert work() == []

    issue_due(payment.id, requested=Given())

    assert [(kind, gross) for kind, _, gross in documents(payment)] == [("invoice", 1299), ("credit_note", 100)]


def test_a_project_without_a_profile_has_no_invoices_and_no_jobs(project, account, script):
    payment = shop.paid(project, script)
    while publish_due():
        pass
    assert IssueJob.objects.count() == 0
    with pytest.raises(Unbillable) as refused:
        issue_due(payment.id, requested=Given())
    assert refused.value.code == "issuer_incomplete"


def test_what_is_not_captured_is_not_invoiced(project, profile, account, script):
    payment = shop.held(project, script)
    with pytest.raises(Unbillable) as refused:
        issue_due(payment.id, requested=Given())
    assert refused.value.code == "not_captured"


def test_issuing_twice_issues_once(project, profile, account, script):
    payment = shop.paid(project, script)
    work()
    assert issue_due(payment.id) == []
    assert issue_due(payment.id, requested=Given(items=[{"description": "x", "amount": 1}])) == []
    assert len(documents(payment)) == 1


def test_the_year_is_that_of_the_projects_zone(project, profile, account, script):
    project.timezone = "Europe/Rome"
    project.save()
    with clock.frozen(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)):
        payment = shop.paid(project, script)
        work()
    assert documents(payment) == [("invoice", "TEST-INV2027-00001", 1299)]


def test_five_hundred_lines_are_one_invoice(project, profile, account, script):
    items = [{"description": f"Item {n}", "amount": 3, "vatRate": 22} for n in range(433)]
    items += [{"description": f"Gift {n}", "amount": 0, "vatRate": 4} for n in range(67)]
    payment = shop.paid(project, script)
    issue_due(payment.id, requested=Given(items=items))
    document = document_of(Invoice.objects.get(payment=payment))
    assert (len(document.lines), document.gross, document.vat) == (500, 1299, 234)


def test_amounts_without_decimals(project, profile, account, script):
    items = [{"description": "Tea", "amount": 1100, "vatRate": 10}]
    payment = shop.paid(project, script, money=Money(1100, "JPY"), additional_data={"items": items})
    work()
    document = document_of(Invoice.objects.get(payment=payment))
    assert (document.currency, document.net, document.vat) == ("JPY", 1000, 100)


def refused(statement):
    with pytest.raises(IntegrityError, match=r"immutable|counts by one"), transaction.atomic():
        statement()


def test_s45_the_database_refuses_to_change_or_delete_what_was_issued(project, profile, account, script):
    shop.paid(project, script)
    (invoice,) = work()
    row = Invoice.objects.filter(pk=invoice.pk)
    for change in (
        {"gross": 1},
        {"number": "X"},
        {"document": {}},
        {"issued_at": NOON + dt.timedelta(1)},
        {"file_token": "guessed"},
        {"payment_id": ids.new_uuid()},
        {"kind": "credit_note"},
    ):
        refused(lambda change=change: row.update(**change))
    refused(lambda: row._raw_delete("default"))
    refused(lambda: NumberSeries.objects.update(last=5))
    refused(lambda: NumberSeries.objects.all()._raw_delete("default"))
    assert row.update(file_state=FileState.READY, pdf_size=1) == 1
