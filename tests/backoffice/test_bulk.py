"""Many rows at once: the confirm page, the work in the background, and what each row came to."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from backoffice.models import ActionBatch, BatchRow
from backoffice.services.run_batch import due_batches
from paymenthub.kernel.money import Money
from payments.models import AuditEntry, Payment, Project, Refund
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from providers.errors import OutcomeUnknown
from providers.types import Outcome, Subject, Verdict
from tests import factories, scripted
from tests.backoffice import acting, bulk
from tests.scripted import Script
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    script.refund = [acting.yes]
    script.capture = [acting.captured]
    return project


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*acting.ALL)


def test_the_confirm_page_counts_adds_up_and_says_what_is_left_out(
    shop: Project, script: Script, marta: Client
) -> None:
    paid = [acting.paid(shop, script) for _ in range(2)]
    yen = acting.paid(shop, script, money=(500, "JPY"))
    held = acting.held(shop, script)

    batch = bulk.choose(marta, "refund", [*paid, yen, held])
    page = marta.get(bulk.page_url(batch))

    assert [(one["count"], one["money"]) for one in page.context["sums"]] == [(2, "25.98 EUR"), (1, "500 JPY")]
    assert [(one["count"], one["message"]) for one in page.context["left_out"]] == [(1, "Nothing was captured.")]
    assert page.context["button"] == "Refund (3)"
    assert (Refund.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_s18_each_row_is_refunded_once_and_told_by_itself(shop: Project, script: Script, marta: Client) -> None:
    good, changed, unknown = [acting.paid(shop, script) for _ in range(3)]
    batch = bulk.choose(marta, "refund", [good, changed, unknown])
    refund(RefundCommand(changed, Money(100, "EUR")), By())
    script.refund = [acting.yes, OutcomeUnknown("timeout")]

    assert bulk.start(marta, batch).status_code == 302
    bulk.run(batch)

    assert batch.state == "done"
    assert bulk.ended(batch) == [("ended", "ok"), ("ended", "refused"), ("ended", "pending")]
    assert bulk.row(batch, changed).message == "The refundable amount is 1199, not 1299."
    assert [Refund.objects.filter(payment=one).count() for one in (good, changed, unknown)] == [1, 1, 1]
    entry = AuditEntry.objects.get(object_id=batch.pk, number=1)
    assert (entry.actor, entry.action, entry.note) == ("marta", "bulk", "because it has to be")
    assert entry.outcome_row.details == {"kind": "refund", "ok": 1, "refused": 1, "pending": 1, "left out": 0}
    row = AuditEntry.objects.get(object_id=bulk.row(batch, good).pk, number=1)
    assert (row.action, row.payment_id, row.outcome_row.outcome) == ("refund", good.pk, "ok")


def test_the_result_page_knows_more_when_the_provider_has_answered_later(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    batch = bulk.choose(marta, "refund", [payment])
    script.refund = [OutcomeUnknown("timeout")]
    bulk.start(marta, batch)
    bulk.run(batch)
    shown = marta.get(bulk.page_url(batch)).context["rows"][0]
    assert (shown.word, shown.message[:36]) == ("Not known yet", "It was sent, but the provider has no")

    attempt = payment.attempts.get(kind="refund")
    payment.attempts.filter(pk=attempt.pk).update(state="SUCCEEDED")

    assert marta.get(bulk.page_url(batch)).context["rows"][0].word == "OK"


def test_s65_the_confirm_page_sent_twice_begins_once(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    batch = bulk.choose(marta, "refund", [payment])

    answers = [bulk.start(marta, batch), bulk.start(marta, batch)]
    bulk.run(batch)
    bulk.run(batch)

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Refund.objects.filter(payment=payment).count() == 1
    assert AuditEntry.objects.filter(object_id=batch.pk).count() == 2
    assert "Nothing was done a second time" in marta.get(bulk.page_url(batch)).content.decode()


def test_another_persons_confirm_page_is_not_there(shop: Project, script: Script, marta: Client) -> None:
    batch = bulk.choose(marta, "refund", [acting.paid(shop, script)])
    paul = acting.staff(*acting.ALL, name="paul")

    assert paul.get(bulk.page_url(batch)).status_code == 404
    assert bulk.start(paul, batch).status_code == 404
    assert batch.state == "draft"


def test_rows_of_a_foreign_project_cannot_be_chosen(shop: Project, script: Script) -> None:
    mine, foreign = acting.paid(shop, script), acting.paid(other_shop(), script)
    make_staff("anna", "view_payment", "refund_payment", projects=(shop,))
    anna = Client()
    anna.force_login(User.objects.get(username="anna"))

    batch = bulk.choose(anna, "refund", [mine, foreign])

    assert list(batch.rows.values_list("payment_id", flat=True)) == [mine.pk]


def other_shop() -> Project:
    project = factories.make_project(name="other")
    factories.make_account(project)
    return project


def test_an_action_without_its_permission_is_not_offered(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    viewer = acting.staff("view_payment", name="viewer")
    url = bulk.reverse("admin:payments_payment_changelist")

    viewer.post(url, {"action": "refund", "_selected_action": [str(payment.pk)]})

    assert ActionBatch.objects.count() == 0


def test_a_permission_lost_meanwhile_stops_the_rows_that_are_left(shop: Project, script: Script, marta: Client) -> None:
    payments = [acting.paid(shop, script) for _ in range(2)]
    batch = bulk.choose(marta, "refund", payments)
    bulk.start(marta, batch)
    User.objects.get(username="marta").user_permissions.remove(Permission.objects.get(codename="refund_payment"))

    bulk.run(batch)

    assert bulk.ended(batch) == [("ended", "refused")] * 2
    assert Refund.objects.count() == 0


def test_a_project_lost_meanwhile_stops_its_rows(shop: Project, script: Script) -> None:
    user = make_staff("anna", "view_payment", "refund_payment", projects=(shop,))
    anna = Client()
    anna.force_login(user)
    batch = bulk.choose(anna, "refund", [acting.paid(shop, script)])
    bulk.start(anna, batch)
    user.staff_profile.projects.clear()

    bulk.run(batch)

    assert bulk.ended(batch) == [("ended", "refused")]
    assert Refund.objects.count() == 0


def test_more_rows_than_the_limit_are_refused_with_the_number(
    shop: Project, script: Script, marta: Client, settings: object
) -> None:
    settings.BACKOFFICE_BULK_MOST = 1  # type: ignore[attr-defined]
    rows = [acting.paid(shop, script) for _ in range(2)]
    url = bulk.reverse("admin:payments_payment_changelist")

    answer = marta.post(url, {"action": "refund", "_selected_action": [str(row.pk) for row in rows]}, follow=True)

    assert "More than 1 rows are chosen" in answer.content.decode()
    assert ActionBatch.objects.count() == 0


def test_captures_what_is_held(shop: Project, script: Script, marta: Client) -> None:
    held, paid = acting.held(shop, script), acting.paid(shop, script)
    batch = bulk.choose(marta, "capture", [held, paid])

    bulk.start(marta, batch)
    bulk.run(batch)

    assert bulk.ended(batch) == [("ended", "ok"), ("left_out", "")]
    assert Payment.objects.get(pk=held.pk).captured == 1299


def test_cancels_and_checks(shop: Project, script: Script, marta: Client) -> None:
    held, waiting = acting.held(shop, script), acting.waiting(shop, script)
    script.cancel = [Verdict(Subject.CANCEL, Outcome.CANCELLED)]
    script.fetch = [scripted.payment(Outcome.ACTION_REQUIRED)]
    cancel, check = bulk.choose(marta, "cancel", [held]), bulk.choose(marta, "check", [held, waiting])

    bulk.start(marta, check)
    bulk.run(check)
    bulk.start(marta, cancel)
    bulk.run(cancel)

    assert bulk.ended(check) == [("left_out", ""), ("ended", "pending")]
    assert bulk.ended(cancel) == [("ended", "ok")]


def test_a_stopped_batch_leaves_what_was_not_begun_and_says_so(shop: Project, script: Script, marta: Client) -> None:
    batch = bulk.choose(marta, "refund", [acting.paid(shop, script)])
    bulk.start(marta, batch)

    marta.post(bulk.reverse("admin:backoffice_actionbatch_stop", args=[batch.pk]))
    bulk.run(batch)

    assert batch.state == "stopped"
    assert marta.get(bulk.page_url(batch)).context["rows"][0].word == "Not begun"
    assert (Refund.objects.count(), due_batches()) == (0, [])


def test_what_meets_an_error_waits_and_is_given_up_after_five_tries(
    shop: Project, script: Script, marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bulk.choose(marta, "refund", [acting.paid(shop, script)])
    bulk.start(marta, batch)

    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("backoffice.bulk.payments.BulkRefund.act", broken)
    for _ in range(4):
        bulk.run(batch)
    assert (batch.state, batch.rows.get().tries) == ("running", 4)
    bulk.run(batch)

    assert bulk.ended(batch) == [("ended", "not_sent")]
    assert batch.state == "done"


def test_hostile_names_are_shown_as_text(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    batch = bulk.choose(marta, "refund", [payment])
    BatchRow.objects.filter(batch=batch).update(named="<script>alert(1)</script>")

    assert "<script>alert(1)" not in marta.get(bulk.page_url(batch)).content.decode()


def test_all_that_the_filter_finds_is_taken_from_every_page_and_nothing_else(
    shop: Project, script: Script, marta: Client
) -> None:
    live = [acting.paid(shop, script) for _ in range(2)]
    Payment.objects.filter(pk__in=[one.pk for one in live]).update(mode="live")
    acting.paid(shop, script)
    url = bulk.reverse("admin:payments_payment_changelist") + "?mode=live"
    assert "For all rows that the filter finds" in marta.get(url).content.decode()

    marta.post(url, {"action": "refund", "select_across": "1", "_selected_action": "all"})

    chosen = ActionBatch.objects.get().rows.values_list("payment_id", flat=True)
    assert sorted(chosen) == sorted(one.pk for one in live)
