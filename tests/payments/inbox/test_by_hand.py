"""A notification that nothing was found for has an end: it is left to a person, who has it looked at again or closes it."""

import datetime as dt

import pytest
from django.db import transaction

from paymenthub.kernel import clock
from paymenthub.kernel.errors import OperationInProgress, WrongState
from payments import locks
from payments.inbox import keep as keeping
from payments.inbox import process as processing
from payments.inbox.by_hand import look_again, not_ours
from payments.inbox.candidates import read
from payments.inbox.process import process
from payments.models import InboxMessage, InboxState, OperatorItem, Payment, ProviderAccount, PspReference
from payments.selectors import accounts
from payments.services.pay import pay
from providers import registry
from providers.types import InboundRequest, Outcome
from tests import factories
from tests.concurrency.race import errors_in, together
from tests.scripted import notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = 7 * 86400


@pytest.fixture
def unmatched(account: ProviderAccount) -> InboxMessage:
    message = take_in(account, id="psp_9")
    assert process(message.pk) == InboxState.UNMATCHED
    return message


def take_in(account: ProviderAccount, **over: object) -> InboxMessage:
    request = InboundRequest(
        method="POST",
        body=notification_body(Outcome.SUCCEEDED, **over),
        headers={"x-secret": "s"},
        query={},
        received_at=clock.now(),
    )
    notification = registry.get(account.provider).notification(accounts.opened(account), request, dt.timedelta(300))
    message = keeping.keep(account, request, notification)
    assert message is not None
    return message


def work(message: InboxMessage) -> InboxState | None:
    state = process(message.pk)
    message.refresh_from_db()
    return state


def make_payment(project, script) -> Payment:
    script.pay = [payment(Outcome.ACTION_REQUIRED, id="psp_1")]
    return pay(factories.pay_command(project)).payment


def know(paid: Payment, value: str) -> None:
    PspReference.objects.create(
        project=paid.project,
        provider_account=paid.provider_account,
        payment=paid,
        attempt=paid.attempts.get(),
        kind="payment",
        value=value,
    )


def test_s21_after_a_week_it_is_tried_no_more_and_a_person_is_asked_once(unmatched):
    with clock.advanced(WEEK + 1):
        assert work(unmatched) == InboxState.GIVEN_UP
        assert process(unmatched.pk) is None

    assert (unmatched.state, unmatched.next_try_at) == (InboxState.GIVEN_UP, None)
    assert OperatorItem.objects.get().about == f"notification:{unmatched.pk}"


def test_a_resolved_item_does_not_come_back_with_every_try(unmatched):
    InboxMessage.objects.update(tries=9)
    work(unmatched)
    OperatorItem.objects.update(resolved_at=clock.now(), resolved_by="ada", resolution="another system's")

    work(unmatched)

    assert (unmatched.tries, OperatorItem.objects.count()) == (11, 1)


def test_looked_at_again_it_finds_the_payment_that_is_known_by_now(unmatched, project, script):
    paid = make_payment(project, script)
    InboxMessage.objects.update(tries=20)
    with clock.advanced(WEEK + 1):
        work(unmatched)
    know(paid, "psp_9")

    assert look_again(unmatched) == InboxState.DONE

    paid.refresh_from_db()
    assert (paid.captured, unmatched.payment_id) == (1299, paid.pk)
    item = OperatorItem.objects.get()
    assert (item.resolved_by, item.resolved_at is None) == ("system", False)


def test_looked_at_twice_the_money_is_booked_once(unmatched, project, script):
    paid = make_payment(project, script)
    know(paid, "psp_9")
    look_again(unmatched)

    with pytest.raises(WrongState):
        look_again(unmatched)

    paid.refresh_from_db()
    assert (paid.captured, paid.movements.filter(kind="captured").count()) == (1299, 1)


def test_not_ours_ends_the_tries_and_closes_the_item_and_can_be_taken_back(unmatched):
    InboxMessage.objects.update(tries=9)
    work(unmatched)

    not_ours(unmatched, "ada", "the webshop's own")

    assert (unmatched.state, unmatched.next_try_at) == (InboxState.NOT_OURS, None)
    assert process(unmatched.pk) is None
    item = OperatorItem.objects.get()
    assert (item.resolved_by, item.resolution) == ("ada", "the webshop's own")
    assert look_again(unmatched) == InboxState.UNMATCHED


def test_what_is_understood_is_not_ours_to_close(account, project, script):
    make_payment(project, script)
    message = take_in(account, id="psp_1")
    work(message)

    for act in (lambda: look_again(message), lambda: not_ours(message, "ada", "no")):
        with pytest.raises(WrongState):
            act()
    message.refresh_from_db()
    assert message.state == InboxState.DONE


def test_other_content_under_a_known_key_is_never_looked_at_again(unmatched, account):
    request = InboundRequest(
        method="POST",
        body=notification_body(Outcome.DECLINED, id="psp_9"),
        headers={"x-secret": "s"},
        query={},
        received_at=clock.now(),
    )
    notification = registry.get(account.provider).notification(accounts.opened(account), request, dt.timedelta(300))
    assert keeping.keep(account, request, notification) is None
    conflict = InboxMessage.objects.get(state=InboxState.CONFLICT)

    with pytest.raises(WrongState):
        look_again(conflict)


def test_while_a_worker_has_it_nobody_closes_it(unmatched):

    with transaction.atomic():
        locks.lease_inbox_message(unmatched.pk, seconds=60)

    with pytest.raises(OperationInProgress):
        not_ours(unmatched, "ada", "no")
    unmatched.refresh_from_db()
    assert unmatched.state == InboxState.UNMATCHED


def test_a_slow_worker_that_found_nothing_does_not_undo_what_a_person_said(unmatched, settings, monkeypatch):
    # given a worker that is slower than its lease, and a person who closes the notification meanwhile

    real = processing._understand

    def slow(message: InboxMessage) -> object:
        told = real(message)
        with clock.advanced(settings.INBOX_LEASE + 1):
            not_ours(InboxMessage.objects.get(pk=message.pk), "ada", "the webshop's own")
        return told

    monkeypatch.setattr(processing, "_understand", slow)

    # when it ends with nothing found
    work(unmatched)

    # then the person's word stands
    assert (unmatched.state, unmatched.next_try_at) == (InboxState.NOT_OURS, None)


def test_of_two_people_who_close_it_at_once_one_does(unmatched):
    results = together(
        lambda: not_ours(InboxMessage.objects.get(pk=unmatched.pk), "ada", "not ours"),
        lambda: not_ours(InboxMessage.objects.get(pk=unmatched.pk), "bob", "not ours"),
    )
    assert [type(error) for error in errors_in(results)] == [WrongState]


def test_what_it_may_mean_is_found_by_its_ids_and_by_its_amount(unmatched, project, script, account):
    by_amount = make_payment(project, script)
    script.pay = [payment(Outcome.ACTION_REQUIRED, id="psp_2", amount=500)]
    by_id = pay(factories.pay_command(project, money=factories.Money(500, "EUR"), shop_transaction_id="psp_9")).payment

    told = read(unmatched)

    assert [(found.payment.pk, found.why) for found in told.candidates] == [(by_id.pk, "id"), (by_amount.pk, "amount")]
    assert ("psp_9" in told.ids, [str(money.amount) for money in told.money]) == (True, ["1299"])


def test_one_that_cannot_be_read_says_so(unmatched):
    unmatched.headers = {"x-secret": "guess"}
    told = read(unmatched)
    assert (told.problem, told.candidates) == ("wrong secret", ())
