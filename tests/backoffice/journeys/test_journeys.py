"""A day of each role in a browser: what they came to do can be done, and nothing beyond."""

import csv
import io

import pytest

from backoffice.models import ApprovalState, RefundApproval
from payments.models import ApiKey, AuditEntry, OperatorItem, Payment, Project, Refund
from tests import factories
from tests.backoffice import acting, rows
from tests.scripted import Script

from .desk import Desk, Desks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paid(project: Project, script: Script) -> Payment:
    factories.make_account(project)
    script.refund = [acting.yes, acting.yes]
    return acting.paid(project, script, money=(2000, "EUR"))


def refund(desk: Desk, payment: Payment, amount: str) -> None:
    """Fill in the refund form up to its confirm page."""
    desk.open(acting.page_url(payment))
    desk.press("nav[aria-label=Actions] >> text=Refund")
    desk.fill(amount=amount, reason="returned")
    desk.press("text=Go on")


def test_a_viewer_sees_and_moves_nothing(desks: Desks, paid: Payment, project: Project) -> None:
    other = rows.make_payment(factories.make_account(factories.make_project(name="other")))
    desk = desks.sit_down(desks.hire("vera", "viewer", projects=(project,)))

    desk.press("a[href='/admin/payments/payment/']:visible >> nth=0")
    desk.press(f"tbody a:has-text('{paid.shop_transaction_id}')")

    assert "Paid: 20.00 EUR was taken." in desk.reads("section[aria-label=Summary]")
    assert not desk.has("nav[aria-label=Actions] a")
    assert desk.open(acting.act_url(paid, "refund")) == 403
    assert desk.open(acting.page_url(other)) == 404
    assert desk.open("/admin/backoffice/exportjob/new/payments/") == 403


def test_support_finds_why_a_callback_fails_and_releases_an_item(desks: Desks, paid: Payment) -> None:
    rows.make_delivery(paid, 500, 404, state="due")
    item = OperatorItem.objects.create(
        project=paid.project, payment=paid, kind="external_refund", about="re_1", next_step="Compare with the provider."
    )
    desk = desks.sit_down(desks.hire("sam", "support"))

    desk.press("a:has-text('Callbacks that fail')")
    desk.press("tbody a >> nth=0")
    why = desk.reads()
    desk.open("/admin/")
    desk.press("a:has-text('Open operator items')")
    desk.press("tbody a >> nth=0")
    desk.press("button:has-text('I am on it')")
    taken = desk.reads()
    desk.press("a:has-text('Resolve'):visible")
    asked = desk.reads()
    desk.fill(note="Compared: it is the same refund.")
    desk.press("button:has-text('Resolve')")
    desk.open("/admin/payments/operatoritem/")
    left_in_the_queue = desk.has("tbody a")
    desk.open(acting.page_url(paid))
    on_the_payment = desk.reads("section[aria-label=Summary]")
    item.refresh_from_db()

    assert "it answered 404: there is nothing at this address: is it right?" in why
    assert "20.00 EUR was taken. The order system has not taken it yet" in on_the_payment
    assert "sam is on it" in taken
    assert "ask them first" not in asked
    assert (item.resolved_by, item.resolution) == ("sam", "Compared: it is the same refund.")
    assert not left_in_the_queue


def test_s18_over_a_limit_a_second_person_refunds(desks: Desks, paid: Payment) -> None:
    desk = desks.sit_down(desks.hire("rita", "refunder", limit=500))
    desk.open(acting.act_url(paid, "refund"))
    told = desk.reads()
    refund(desk, paid, "4.00")
    desk.press("button:has-text('Refund 4.00 EUR')")
    alone = desk.reads("section[aria-label=Result]")
    refund(desk, paid, "6.25")
    desk.press("button:has-text('Ask for a refund of 6.25 EUR')")
    waits = desk.reads("section[aria-label=Result]")
    desk.press("text=Back to the payment")
    on_the_payment = desk.reads("section[aria-label=Summary]")
    only = list(Refund.objects.values_list("amount", "actor"))

    desk = desks.sit_down(desks.hire("fina", "finance"))
    desk.press("a:has-text('Refunds to approve')")
    desk.press("tbody a >> nth=0")
    page = desk.reads()
    desk.fill(note="I have called the customer.")
    desk.press("button:has-text('Approve and refund')")

    assert "You may refund up to 5.00 EUR alone. More is asked of a second person first." in told
    assert "Done" in alone
    assert "Waits for a second person" in waits
    assert "A refund of 6.25 EUR, asked for by rita, waits for a second person." in on_the_payment
    assert only == [(400, "rita")]
    assert "rita was told: «You may refund up to 5.00 EUR alone.»" in page
    assert "The provider has confirmed the refund of 6.25 EUR." in desk.reads()
    assert list(Refund.objects.order_by("id").values_list("amount", "actor")) == [(400, "rita"), (625, "fina")]
    assert RefundApproval.objects.get().state == ApprovalState.APPROVED


def test_finance_reads_the_dashboard_and_takes_a_filtered_list_home(desks: Desks, paid: Payment) -> None:
    desk = desks.sit_down(desks.hire("fina", "finance"))
    dashboard = desk.reads()

    desk.open("/admin/payments/payment/?status=1&currency=EUR&q=" + paid.shop_transaction_id)
    desk.press("a.hub-button:has-text('Export')")
    name, text = desk.takes_file("button:has-text('Export')")
    rows_taken = list(csv.DictReader(io.StringIO(text)))

    assert "Amount by method" in dashboard
    assert name.startswith("payments")
    assert name.endswith(".csv")
    assert len(rows_taken) == 1
    assert paid.shop_transaction_id in rows_taken[0].values()
    assert AuditEntry.objects.filter(actor="fina", action__startswith="export").exists()


def test_a_developer_rotates_a_key_and_tries_a_connection(
    desks: Desks, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.scripted.ScriptedDriver.checks_connection", True)
    monkeypatch.setattr("tests.scripted.ScriptedDriver.check_connection", lambda *_: "Two events were read.")
    old = ApiKey.objects.create(
        project=paid.project, name="shop", mode="test", shown="phk_test_1111", secret_hash="1" * 64, scopes=["payments"]
    )
    desk = desks.sit_down(desks.hire("dev", "developer"))

    desk.open(f"/admin/payments/apikey/{old.pk}/change/")
    desk.press("a:has-text('Rotate')")
    desk.fill(reason="By plan")
    desk.press("button:has-text('Rotate it')")
    shown = desk.reads()
    desk.press("text=I have it")
    desk.open(f"/admin/payments/provideraccount/{paid.provider_account_id}/change/")
    desk.press("text=Test the connection")
    desk.fill(reason="A new secret at the provider")
    desk.press("button:has-text('Test it now')")
    tried = desk.reads()

    new = ApiKey.objects.exclude(pk=old.pk).get()
    assert new.shown in shown
    assert "Two events were read." in tried
    assert desk.open("/admin/backoffice/systemhealth/") == 200
    assert desk.open(acting.act_url(paid, "refund")) == 403


def test_an_admin_makes_a_colleague_who_chooses_a_password(desks: Desks, paid: Payment) -> None:
    desk = desks.sit_down(desks.hire("adam", "admin"))
    desk.open("/admin/auth/user/add/")
    desk.fill(username="cleo", note="New in support")
    desk.tick("support")
    desk.tick("All projects, also later ones")
    desk.press("button:has-text('Make them')")
    one_time = desk.reads("code").strip()

    colleague = desks.empty()
    colleague.customer.log_in(desks.base, "cleo", one_time)
    asked = colleague.reads("form:has([name=old_password])")
    passed_by = colleague.open("/admin/payments/payment/"), colleague.customer.url()
    colleague.fill(old_password=one_time, new_password1="apricot-lantern-42", new_password2="apricot-lantern-42")
    colleague.press("form:has([name=old_password]) [type=submit]")
    colleague.open("/admin/payments/payment/")

    assert "The one-time password, once more" in asked
    assert "/admin/password_change/" in passed_by[1]
    assert colleague.has(f"tbody a:has-text('{paid.shop_transaction_id}')")
