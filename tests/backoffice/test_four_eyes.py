"""S64: a refund over the person's limit waits for a second person, and nobody steps around that."""

import datetime as dt
import itertools
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from backoffice import four_eyes
from backoffice.actions import tokens
from backoffice.models import ProjectRefundLimit, RefundApproval, RefundLimit
from backoffice.services.decide_approval import expire_approvals
from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments import locks
from payments.models import AuditEntry, Payment, Project, Refund
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from tests import factories
from tests.backoffice import acting, bulk, eyes
from tests.concurrency import race
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    script.refund = [acting.yes]
    return project


@pytest.fixture
def marta(db: None) -> Client:
    """She may refund 5 EUR alone."""
    return eyes.person("marta", *eyes.ASKER, limit=500)


@pytest.fixture
def paul(db: None) -> Client:
    return eyes.person("paul", *eyes.APPROVER)


def refunds(payment: Payment) -> list[tuple[int, str]]:
    return list(Refund.objects.filter(payment=payment).order_by("pk").values_list("amount", "actor"))


def sent(script: Script) -> int:
    return sum(1 for what, *_ in script.asked if what == "refund")


def test_s64_over_the_limit_nothing_is_sent_and_nothing_reserved(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    confirm = marta.post(
        acting.act_url(payment, "refund"),
        {"token": acting.token_of(marta, acting.act_url(payment, "refund")), "amount": "12.99", "reason": "returned"},
    )
    assert confirm.context["button"] == "Ask for a refund of 12.99 EUR"
    assert any("You may refund up to 5.00 EUR alone." in words for words in confirm.context["effect"])

    approval = eyes.ask(marta, payment)

    payment.refresh_from_db()
    assert (approval.amount, approval.seen, approval.state, payment.refund_reserved) == (1299, 1299, "waiting", 0)
    assert (refunds(payment), sent(script)) == ([], 0)
    entry = AuditEntry.objects.get(object_id=payment.pk, number=1)
    assert (entry.actor, entry.outcome_row.outcome) == ("marta", "waiting")


def test_up_to_the_limit_it_is_refunded_at_once(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)

    assert acting.result(marta, eyes.refund(marta, payment, "5.00")).context["heading"] == "Done"

    assert refunds(payment) == [(500, "marta")]


def test_s64_the_second_person_carries_it_out_once(shop: Project, script: Script, marta: Client, paul: Client) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    token = eyes.page(paul, approval).context["token"]

    eyes.decide(paul, approval, "approve", token)
    eyes.decide(paul, approval, "approve", token)

    assert (approval.state, approval.decided_by.username) == ("approved", "paul")
    assert (refunds(payment), sent(script)) == ([(1299, "paul")], 1)
    entry = AuditEntry.objects.get(object_id=approval.pk, number=1)
    assert (entry.actor, entry.action, entry.outcome_row.outcome) == ("paul", "refund", "ok")
    assert entry.note == "I have looked at it (asked for by marta)"
    assert eyes.page(paul, approval).context["result"]["heading"] == "Done"


def test_s64_nobody_approves_their_own(shop: Project, script: Script) -> None:
    both = eyes.person("both", *eyes.ASKER, "approve_refund", limit=500)
    RefundLimit.objects.update(amount=500)
    payment = acting.paid(shop, script)
    approval = eyes.ask(both, payment)
    assert "another person" in eyes.page(both, approval).context["why_not"]

    RefundLimit.objects.all().delete()
    assert eyes.decide(both, approval, "approve").status_code == 403

    assert (approval.state, refunds(payment)) == ("waiting", [])


def test_s64_the_limit_is_not_stepped_over_in_small_steps(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    eyes.refund(marta, payment, "3.00")

    approval = eyes.ask(marta, payment, "3.00")

    assert (refunds(payment), approval.amount) == ([(300, "marta")], 300)


def test_what_is_older_than_a_day_does_not_count(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    eyes.refund(marta, payment, "3.00")
    Refund.objects.update(created_at=clock.now() - dt.timedelta(hours=25))

    eyes.refund(marta, payment, "3.00")

    assert refunds(payment) == [(300, "marta")] * 2


def two_small_ones_at_once(shop: Project, script: Script) -> int:
    payment = acting.paid(shop, script)
    tabs = [eyes.tab("marta"), eyes.tab("marta")]
    race.together(*(lambda one=one: eyes.refund(one, payment, "4.00") for one in tabs))
    return sum(amount for amount, _actor in refunds(payment))


def as_forms_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both tabs' forms count, whatever they have seen: the limit is then the only guard."""
    numbers = itertools.count(1)

    def read_as_new(text: str, *, user: str, action: str, object_id: Any) -> tokens.Token:
        return tokens.Token(user, action, object_id, next(numbers))

    monkeypatch.setattr(tokens, "read", read_as_new)


def test_s64_two_small_ones_at_the_same_moment_do_not_step_over_the_limit(
    shop: Project, script: Script, marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_forms_of_their_own(monkeypatch)

    assert {two_small_ones_at_once(shop, script) for _ in range(ROUNDS)} == {400}


def test_control_judged_before_the_lock_two_small_ones_step_over_the_limit(
    shop: Project, script: Script, marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_forms_of_their_own(monkeypatch)
    monkeypatch.setattr(four_eyes.LimitedClaim, "_judge", lambda self, attempt: None)

    assert {two_small_ones_at_once(shop, script) for _ in range(ROUNDS)} == {800}


def test_s64_an_approver_with_too_low_a_limit_is_refused(shop: Project, script: Script, marta: Client) -> None:
    anna = eyes.person("anna", *eyes.APPROVER, limit=1000)
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)

    assert eyes.page(anna, approval).context["why_not"] == "Your own limit, 10.00 EUR, is too low to approve this."
    assert eyes.decide(anna, approval, "approve").status_code == 403
    assert (approval.state, refunds(payment)) == ("waiting", [])


def test_s64_what_an_approver_released_within_a_day_counts_for_them(
    shop: Project, script: Script, marta: Client
) -> None:
    anna = eyes.person("anna", *eyes.APPROVER, limit=1000)
    payment = acting.paid(shop, script)
    eyes.decide(anna, eyes.ask(marta, payment, "6.00"), "approve")
    second = eyes.ask(marta, payment, "6.00")

    eyes.decide(anna, second, "approve")

    assert (second.state, refunds(payment)) == ("waiting", [(600, "anna")])


def test_s54_an_approver_of_another_project_does_not_find_it(shop: Project, script: Script, marta: Client) -> None:
    other = eyes.person("other", *eyes.APPROVER, projects=(factories.make_project(name="other"),))
    approval = eyes.ask(marta, acting.paid(shop, script))

    assert other.get(eyes.page_url(approval)).status_code == 404


@pytest.mark.parametrize("lost", ["account", "permission", "project"])
def test_s64_what_somebody_asked_for_who_may_not_refund_any_more_is_not_approved(
    shop: Project, script: Script, paul: Client, lost: str
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(eyes.person("anna", *eyes.ASKER, limit=500, projects=(shop,)), payment)
    anna = User.objects.get(username="anna")
    if lost == "account":
        User.objects.filter(pk=anna.pk).update(is_active=False)
    elif lost == "permission":
        anna.user_permissions.clear()
    else:
        anna.staff_profile.projects.clear()

    refused = eyes.decide(paul, approval, "approve")
    assert (refused.status_code, approval.state, refunds(payment)) == (403, "waiting", [])
    eyes.decide(paul, approval, "decline")
    assert approval.state == "declined"


def test_s54_who_asked_does_not_see_the_payment_any_more_once_its_project_is_lost(
    shop: Project, script: Script
) -> None:
    client = eyes.person("anna", *eyes.ASKER, limit=500, projects=(shop,))
    approval = eyes.ask(client, acting.paid(shop, script))
    assert client.get(eyes.page_url(approval)).status_code == 200
    User.objects.get(username="anna").staff_profile.projects.clear()

    assert eyes.tab("anna").get(eyes.page_url(approval)).status_code == 404


def test_s64_a_permission_lost_after_the_page_was_opened_counts(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    token = eyes.page(paul, approval).context["token"]
    User.objects.get(username="paul").user_permissions.remove(Permission.objects.get(codename="approve_refund"))

    assert eyes.decide(paul, approval, "approve", token).status_code in (403, 404)
    assert (approval.state, refunds(payment)) == ("waiting", [])


def test_s64_a_permission_lost_while_it_is_carried_out_counts_in_the_transaction(
    shop: Project, script: Script, marta: Client, paul: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    token, real = eyes.page(paul, approval).context["token"], locks.payment

    def taken_away(payment_id: Any) -> Payment:
        found = real(payment_id)
        in_another_connection(lambda: User.objects.get(username="paul").user_permissions.clear())
        return found

    monkeypatch.setattr(locks, "payment", taken_away)
    eyes.decide(paul, approval, "approve", token)

    assert (approval.state, refunds(payment), sent(script)) == ("waiting", [], 0)
    assert AuditEntry.objects.get(object_id=approval.pk).outcome == "refused"


def in_another_connection(work: Any) -> None:
    thread = threading.Thread(target=lambda: (work(), race.connections.close_all()))
    thread.start()
    thread.join(race.WAIT)


def test_a_payment_that_changed_since_the_approver_looked_is_refused(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment, "6.00")
    token = eyes.page(paul, approval).context["token"]
    refund(RefundCommand(payment, Money(100, "EUR")), By())

    answer = eyes.decide(paul, approval, "approve", token)

    assert (approval.state, [amount for amount, _ in refunds(payment)]) == ("waiting", [100])
    assert "has changed since the page was made" in paul.get(answer.headers["Location"]).content.decode()
    facts = eyes.page(paul, approval).context["facts"]
    assert "When it was asked for, 12.99 EUR could be refunded; now it is 11.99 EUR." in facts


def test_what_cannot_be_refunded_any_more_is_said_and_refused(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    refund(RefundCommand(payment, Money(1000, "EUR")), By())

    facts = eyes.page(paul, approval).context["facts"]
    eyes.decide(paul, approval, "approve")

    assert "So much cannot be refunded any more: approving it will be refused." in facts
    assert (approval.state, [amount for amount, _ in refunds(payment)]) == ("waiting", [1000])


def test_declined_with_a_reason(shop: Project, script: Script, marta: Client, paul: Client) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    token = eyes.page(paul, approval).context["token"]

    eyes.decide(paul, approval, "decline", token)
    eyes.decide(paul, approval, "approve", token)

    assert (approval.state, approval.decided_note, refunds(payment)) == ("declined", "I have looked at it", [])
    entry = AuditEntry.objects.get(object_id=approval.pk)
    assert (entry.action, entry.actor, entry.note) == ("decline_refund", "paul", "I have looked at it")


def test_withdrawn_by_who_asked_and_by_nobody_else(shop: Project, script: Script, marta: Client, paul: Client) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)

    eyes.decide(paul, approval, "withdraw")
    assert approval.state == "waiting"
    eyes.decide(marta, approval, "withdraw")

    assert (approval.state, refunds(payment)) == ("withdrawn", [])


def test_an_approval_whose_time_is_over_is_not_carried_out(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    payment = acting.paid(shop, script)
    approval = eyes.ask(marta, payment)
    token = eyes.page(paul, approval).context["token"]
    RefundApproval.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))

    eyes.decide(paul, approval, "approve", token)
    assert (expire_approvals(), refunds(payment)) == (1, [])
    approval.refresh_from_db()

    assert approval.state == "expired"


def test_a_second_wish_for_the_same_payment_is_refused_while_one_waits(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    eyes.ask(marta, payment, "6.00")

    shown = acting.result(marta, eyes.refund(marta, payment, "6.00"))

    assert shown.context["heading"] == "Refused: nothing was done"
    assert RefundApproval.objects.count() == 1


def two_decide(shop: Project, script: Script, *what: str) -> tuple[int, int, str]:
    """Two people decide at the same moment: how many refunds, how many requests, and what it came to."""
    payment = acting.paid(shop, script)
    approval = eyes.ask(eyes.tab("marta"), payment)
    before = sent(script)
    people = [eyes.tab("paul"), eyes.tab("anna")]
    given = [eyes.page(one, approval).context["token"] for one in people]
    answers = race.together(
        *(
            lambda n=n: eyes.decide(people[n], RefundApproval.objects.get(pk=approval.pk), what[n], given[n])
            for n in (0, 1)
        )
    )
    assert race.errors_in(answers) == []
    approval.refresh_from_db()
    return len(refunds(payment)), sent(script) - before, approval.state


def test_s64_two_approvers_at_the_same_moment_refund_once(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    eyes.person("anna", *eyes.APPROVER)

    assert {two_decide(shop, script, "approve", "approve") for _ in range(ROUNDS)} == {(1, 1, "approved")}


def test_s64_one_approves_and_one_declines_at_the_same_moment(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    eyes.person("anna", *eyes.APPROVER)

    found = {two_decide(shop, script, "approve", "decline") for _ in range(ROUNDS)}

    assert found <= {(1, 1, "approved"), (0, 0, "declined")}


def test_control_without_the_claim_and_the_state_two_approvers_refund_twice(
    shop: Project, script: Script, marta: Client, paul: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    eyes.person("anna", *eyes.APPROVER)
    meet = threading.Barrier(2)

    def approve_each_alone(approval: Any, deciding: Any, *, seen: int | None) -> Any:
        payment = approval.payment
        meet.wait(race.WAIT)
        refund(RefundCommand(payment, Money(600, "EUR")), By(evidence=deciding.user.username, claim=Nothing()))
        return type("Acted", (), {"entry": AuditEntry.objects.order_by("pk")[0]})

    monkeypatch.setattr("backoffice.admin.approvals.approve", approve_each_alone)

    count, requests, state = two_decide(shop, script, "approve", "approve")

    assert (count, requests, state) == (2, 2, "waiting")


class Nothing:
    """A claim that guards nothing."""

    def take(self, attempt: Any) -> None:
        """Let it pass."""

    def settle(self, attempt: Any) -> None:
        """Keep nothing."""


def test_over_the_projects_limit_also_the_unlimited_need_a_second_person(
    shop: Project, script: Script, paul: Client
) -> None:
    boss = eyes.person("boss", *eyes.ASKER)
    ProjectRefundLimit.objects.create(project=shop, currency="EUR", amount=1000)
    payment = acting.paid(shop, script)

    approval = eyes.ask(boss, payment)
    eyes.decide(paul, approval, "approve")

    assert approval.why == "In this project refunds over 10.00 EUR need two people."
    assert refunds(payment) == [(1299, "paul")]


def test_s64_a_batch_whose_sum_is_over_the_limit_waits_as_a_whole(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    payments = [acting.paid(shop, script, money=(300, "EUR")) for _ in range(2)]
    batch = bulk.choose(marta, "refund", payments)
    assert marta.get(bulk.page_url(batch)).context["over"] == "You may refund up to 5.00 EUR alone."

    bulk.start(marta, batch)
    bulk.run(batch)
    assert (batch.state, Refund.objects.count()) == ("asked", 0)
    approval = RefundApproval.objects.get()
    assert eyes.decide(marta, approval, "approve").status_code == 403
    eyes.decide(paul, approval, "approve")
    batch.refresh_from_db()
    bulk.run(batch)

    assert (batch.state, approval.state, batch.approved_by.username) == ("done", "approved", "paul")
    assert [refunds(one) for one in payments] == [[(300, "paul")]] * 2


def test_a_declined_batch_does_nothing(shop: Project, script: Script, marta: Client, paul: Client) -> None:
    batch = bulk.choose(marta, "refund", [acting.paid(shop, script)])
    bulk.start(marta, batch)

    eyes.decide(paul, RefundApproval.objects.get(), "decline")
    bulk.run(batch)

    assert (batch.state, Refund.objects.count()) == ("declined", 0)
    assert marta.get(bulk.page_url(batch)).context["rows"][0].word == "Not begun"


def test_the_first_page_counts_what_waits_for_this_person(
    shop: Project, script: Script, marta: Client, paul: Client
) -> None:
    eyes.ask(marta, acting.paid(shop, script))

    counts = {card.name: card.count for card in paul.get("/admin/").context["cards"]}
    assert counts["Refunds to approve"] == 1
