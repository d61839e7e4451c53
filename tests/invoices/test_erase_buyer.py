"""Erasing a buyer: the person goes, amounts and issued invoices stay."""

import pytest
from django.core.management import CommandError, call_command

from invoices.models import Invoice
from invoices.selectors.invoices import document_of
from paymenthub.kernel.errors import InvalidField
from payments.models import AuditEntry, Payment
from payments.selectors.ledger import walk
from payments.services.erase_buyer import Subject, erase_buyer
from tests import factories
from tests.invoices import shop

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Subject(email="ADA@example.test")


@pytest.fixture
def invoiced(project, profile, account, script) -> Payment:
    payment = shop.paid(project, script, description="For Ada", success_redirect_url="https://shop.test/ada")
    shop.give_back(payment, script, 100, note="Ada called")
    shop.work()
    return payment


def erase(project, **over):
    return erase_buyer(project=project, subject=ADA, actor="t", reason="her request", **over)


def person(payment) -> dict:
    row = Payment.objects.get(pk=payment.pk)
    return {
        "buyer": row.buyer,
        "data": row.additional_data,
        "text": (row.description, row.success_redirect_url),
        "notes": list(row.refunds.values_list("note", flat=True)),
        "exchanges": list(row.attempts.values_list("exchanges", flat=True)),
    }


def test_s73_the_person_goes_and_amounts_and_invoices_stay(project, invoiced):
    before = list(Invoice.objects.order_by("id").values())
    money = Payment.objects.values("captured", "refunded_by_us", "shop_transaction_id", "state").get()

    report = erase(project)

    assert person(invoiced) == {
        "buyer": {"id": ADA.pseudonym},
        "data": {},
        "text": ("", ""),
        "notes": [""],
        "exchanges": [[], []],
    }
    assert Payment.objects.values("captured", "refunded_by_us", "shop_transaction_id", "state").get() == money
    assert list(Invoice.objects.order_by("id").values()) == before
    assert document_of(Invoice.objects.first()).buyer.name == "Ada Rossi"
    assert report.kept["issued invoices and credit notes (tax law, 10 years)"] == 2
    assert not any(portion.findings for portion in walk())
    entry = AuditEntry.objects.get(action="erase")
    assert (entry.note, entry.after["payments"]) == ("her request", 1)
    assert "ada@" not in f"{entry.message}{entry.after}{entry.note}".lower()


def test_a_credit_note_after_it_still_has_what_the_law_wants(project, invoiced, script):
    erase(project)
    shop.give_back(invoiced, script, 200)
    (note,) = shop.work()
    assert (document_of(note).buyer.name, note.gross) == ("Ada Rossi", 200)


def test_a_dry_run_changes_nothing(project, invoiced):
    before = person(invoiced)
    report = erase(project, dry_run=True)
    assert (report.payments, report.erased["buyers of payments"]) == (1, 1)
    assert person(invoiced) == before
    assert not AuditEntry.objects.filter(action="erase").exists()


def test_a_second_run_finds_nobody_and_others_are_left_alone(project, invoiced, account, script):
    other = shop.paid(project, script, buyer={"name": "Bea", "email": "bea@example.test"})
    theirs = factories.make_project()
    factories.make_account(theirs)
    foreign = shop.paid(theirs, script)
    assert erase(project).payments == 1
    assert erase(project).payments == 0
    assert person(other)["buyer"]["name"] == "Bea"
    assert person(foreign)["buyer"]["name"] == "Ada Rossi"


def test_a_payment_that_is_not_over_is_left_alone_and_counted(project, account, script):
    payment = shop.held(project, script)
    report = erase(project)
    assert (report.payments, report.open_payments) == (0, 1)
    assert person(payment)["buyer"]["name"] == "Ada Rossi"


def test_the_command_says_what_was_erased_and_what_is_kept(project, invoiced, capsys):
    call_command("erase_buyer", project=project.name, email="ada@example.test", reason="her request", dry_run=True)
    call_command("erase_buyer", project=project.name, email="ada@example.test", reason="her request")
    told = capsys.readouterr().out
    assert "Would be erased: 1 payments." in told
    assert "Erased: 1 payments." in told
    assert "     2  issued invoices and credit notes (tax law, 10 years)" in told


@pytest.mark.parametrize("who", [Subject(), Subject("a@b.c", "7"), Subject("  ")])
def test_who_is_named_by_nothing_or_twice_is_refused(project, who):
    with pytest.raises(InvalidField):
        erase_buyer(project=project, subject=who, actor="t", reason="r")


def test_the_command_tells_what_is_wrong(db):
    with pytest.raises(CommandError, match="There is no project"):
        call_command("erase_buyer", project="nobody", email="a@b.c", reason="r")
