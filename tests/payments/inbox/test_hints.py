"""Notifications that nobody signed: never believed, never thrown away, asked about once for many that wait."""

import pytest

from paymenthub.kernel import clock
from payments import locks
from payments.inbox import keep as keeping
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, InboxState, Payment
from payments.selectors import accounts
from payments.services.pay import pay
from providers import registry
from providers.errors import Unavailable
from providers.types import InboundRequest, Outcome
from tests import factories
from tests.concurrency.race import together
from tests.scripted import notification_body, payment, refund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pending(project, account, script) -> Attempt:
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    return Attempt.objects.get()


def hint(account, outcome=Outcome.SUCCEEDED, *, id="psp_1", key="", **over) -> InboxMessage | None:
    """Take one notification in, as the callback view does."""
    request = InboundRequest(
        method="POST",
        body=notification_body(outcome, key=key, id=id, **over),
        headers={"x-secret": "s"},
        query={},
        received_at=clock.now(),
    )
    driver = registry.get(account.provider)
    notification = driver.notification(accounts.opened(account), request, None)
    return keeping.keep(account, request, notification)


def work() -> list[InboxState | None]:
    waiting = InboxMessage.objects.filter(state__in=InboxState.waiting()).order_by("created_at")
    return [process(pk) for pk in waiting.values_list("pk", flat=True)]


def test_what_a_hint_says_is_not_believed_and_the_psp_is_asked(account, pending, script):
    script.fetch = [payment(Outcome.PENDING)]
    hint(account, Outcome.SUCCEEDED)

    assert work() == [InboxState.DONE]
    assert (script.count("fetch"), Payment.objects.get().captured) == (1, 0)


def test_equal_hints_after_one_another_are_each_asked_about(account, pending, script):
    script.fetch = [payment(Outcome.PENDING), payment(Outcome.SUCCEEDED)]
    for _ in range(2):
        assert hint(account) is not None
        work()

    assert script.count("fetch") == 2
    assert Payment.objects.get().captured == 1299


def test_hints_about_one_object_are_one_row_while_the_first_waits_and_others_are_their_own(account, pending, script):
    script.fetch = [payment(Outcome.SUCCEEDED)]

    kept = [hint(account), hint(account, Outcome.PENDING), hint(account), hint(account, id="psp_2")]

    assert [message is not None for message in kept] == [True, False, False, True]
    assert sorted(filter(None, work())) == [InboxState.DONE, InboxState.UNMATCHED]
    assert script.count("fetch") == 1


def test_another_accounts_hint_about_the_same_id_is_its_own(project, account, pending, script):
    second = factories.make_account(project, name="second", is_default=False)
    assert hint(account) is not None
    assert hint(second) is not None


def test_a_hint_that_comes_while_the_psp_is_being_asked_is_kept(account, pending, script):
    came = []

    def ask(*_):
        came.append(hint(account))
        return payment(Outcome.PENDING)

    script.fetch = [ask, payment(Outcome.SUCCEEDED)]
    hint(account)
    work()
    assert came[0] is not None
    assert Payment.objects.get().captured == 0

    work()
    assert Payment.objects.get().captured == 1299


def test_many_at_the_same_moment_are_one_row(account, pending):
    kept = together(*[lambda: hint(account)] * 8)

    assert sum(message is not None for message in kept) == 1
    assert InboxMessage.objects.count() == 1


def test_a_signed_event_is_never_coalesced_with_another(account, pending):
    assert hint(account, key="evt_1") is not None
    assert hint(account, key="evt_2") is not None
    assert InboxMessage.objects.count() == 2


def test_a_hint_that_names_nothing_is_kept_each_time(account, pending):
    assert [hint(account, id="", reference="") is not None for _ in range(2)] == [True, True]


def test_while_the_psp_does_not_answer_the_hint_waits(account, pending, script):
    script.fetch = [Unavailable("down"), payment(Outcome.SUCCEEDED)]
    hint(account)

    assert work() == [InboxState.NEW]
    message = InboxMessage.objects.get()
    assert (message.state, message.error) == ("new", "the provider could not be asked yet")
    assert message.next_try_at > clock.now()
    assert message.payment_id == pending.payment_id

    assert work() == [InboxState.DONE]
    assert Payment.objects.get().captured == 1299


def test_s21_a_hint_before_our_own_call_returned_waits_for_it(project, account, script):
    def psp(call, request):
        hint(account, reference=call.attempt_reference)
        assert work() == [InboxState.NEW]
        return payment(Outcome.PENDING)

    script.pay, script.fetch = [psp], [payment(Outcome.SUCCEEDED)]
    pay(factories.pay_command(project))

    assert (work(), script.count("fetch")) == ([InboxState.DONE], 1)
    assert Payment.objects.get().captured == 1299


def test_s22_a_hint_after_a_decline_finds_the_late_success(account, pending, script):
    script.fetch = [payment(Outcome.DECLINED), payment(Outcome.SUCCEEDED)]
    for _ in range(2):
        hint(account)
        work()

    row = Payment.objects.get()
    assert (row.captured, row.claimed_shop_transaction_id) == (1299, None)
    assert row.operator_items.get().kind == "late_success"


def test_s15_a_hint_about_a_paid_payment_finds_a_refund_made_elsewhere(account, pending, script):
    paid = payment(Outcome.SUCCEEDED)
    script.fetch = [paid, [paid, refund(Outcome.SUCCEEDED, 300, id="ref_elsewhere")]]
    for _ in range(2):
        hint(account)
        work()

    assert Payment.objects.get().refunded_elsewhere == 300


def test_a_hint_never_sends_a_decided_attempt_again(account, pending, script):
    script.fetch = [payment(Outcome.DECLINED), payment(Outcome.NOT_FOUND, id="")]
    for _ in range(2):
        hint(account)
        work()

    assert (script.count("pay"), Payment.objects.get().state) == (1, "PAYMENT_FAILED")


def test_the_mark_of_a_waiting_hint_is_gone_once_somebody_works_on_it(account, pending, script):
    script.fetch = [payment(Outcome.SUCCEEDED)]
    message = hint(account)
    assert message is not None
    assert message.event_key.startswith(locks.HINT)
    work()

    assert InboxMessage.objects.get().event_key == ""
    assert Payment.objects.get().transitions.order_by("-number")[0].evidence == str(message.id)
