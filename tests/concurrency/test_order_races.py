"""An order is cancelled at the very moment at which its money comes: it goes back, once. And the race without the lock."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from paymenthub.kernel import db
from payments import locks
from payments.models import OrderIntent, Source
from payments.services.authorize_order import OtherAuthorization, authorize_order
from payments.services.order_news import take_in
from payments.services.order_work import work
from payments.verdicts.apply import Told, apply
from providers.types import Outcome, Subject, Verdict
from tests import scripted
from tests.payments.orders.doing import authorized, command, payment_of, settle
from tests.scripted import payment

from . import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4
CANCELLED = {"reason": "CUSTOMER_REQUESTED"}


def waiting(project: Any, script: Any) -> OrderIntent:
    """An order whose customer was sent to the provider."""
    script.pay = [payment(Outcome.ACTION_REQUIRED, id="")]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 1299, id="")]
    script.cancel = [Verdict(Subject.CANCEL, Outcome.CANCELLED)]
    # The customer was faster than the closing of the page.
    script.expire = [Verdict(Subject.PAYMENT, Outcome.SUCCEEDED)]
    return authorized(project)


def paid(intent: OrderIntent, outcome: Outcome) -> Callable[[], Any]:
    """The notification that the customer has paid."""
    attempt = payment_of(intent).attempts.get()

    def come() -> Any:
        news = payment(outcome, id="")
        return apply(payment_id=intent.id, attempt_id=attempt.id, news=news, told=Told(Source.WEBHOOK, "n"))

    return come


def cancelled(intent: OrderIntent) -> Callable[[], Any]:
    """The message that the order was cancelled, and the work that it asks for."""

    def come() -> None:
        with db.durable():
            take_in(intent.id, type="order-cancelled", data=CANCELLED)
        work(intent.id)

    return come


def came_back_once(intent: OrderIntent, outcome: Outcome, script: Any, before: tuple[int, int]) -> None:
    settle(intent)
    row = payment_of(intent)
    voided, refunded = script.count("cancel") - before[0], script.count("refund") - before[1]
    if outcome is Outcome.AUTHORIZED:
        assert (voided, refunded, row.authorized, row.captured) == (1, 0, 0, 0)
    else:
        assert (voided, refunded, row.captured, row.refunded_by_us) == (0, 1, 1299, 1299)
    assert intent.work_due_at is None


@pytest.mark.parametrize("outcome", [Outcome.AUTHORIZED, Outcome.SUCCEEDED])
def test_a_cancellation_and_a_success_at_once_end_with_the_money_back_once(project, account, script, outcome):
    for turn in range(ROUNDS):
        intent = waiting(project, script)
        script.fetch = [payment(outcome, id="")]
        before = script.count("cancel"), script.count("refund")
        both = [paid(intent, outcome), cancelled(intent)]

        results = race.together(*(both if turn % 2 else both[::-1]))

        assert race.errors_in(results) == []
        came_back_once(intent, outcome, script, before)


@pytest.mark.parametrize("workers", [2, 4])
def test_many_workers_give_the_money_back_once(project, account, script, workers):
    for _ in range(ROUNDS):
        intent = waiting(project, script)
        paid(intent, Outcome.SUCCEEDED)()
        with db.durable():
            take_in(intent.id, type="order-cancelled", data=CANCELLED)
        before = script.count("cancel"), script.count("refund")

        results = race.together(*[lambda intent=intent: work(intent.id) for _ in range(workers)])

        assert race.errors_in(results) == []
        came_back_once(intent, Outcome.SUCCEEDED, script, before)


def success_between_look_and_end(project: Any, script: Any, monkeypatch: pytest.MonkeyPatch) -> OrderIntent:
    """The worst moment: the success has read the intent as not cancelled and is not committed; now the cancellation comes,
    its work finds nothing to give back and says so; then the success is committed."""
    intent = waiting(project, script)
    script.fetch = [payment(Outcome.ACTION_REQUIRED, id="")]
    script.expire = [Verdict(Subject.CANCEL, Outcome.CANCELLED)]
    has_read, may_go_on = threading.Event(), threading.Event()
    intent_lock = locks.order_intent

    def read(intent_id: Any) -> OrderIntent:
        found = intent_lock(intent_id)
        if threading.current_thread().name == "success":
            has_read.set()
            may_go_on.wait(2)  # in vain where the lock is held: whoever would set it waits for it
        return found

    monkeypatch.setattr(locks, "order_intent", read)

    def success() -> None:
        threading.current_thread().name = "success"
        paid(intent, Outcome.AUTHORIZED)()

    def cancellation() -> None:
        assert has_read.wait(race.WAIT)
        with db.durable():
            take_in(intent.id, type="order-cancelled", data=CANCELLED)
        may_go_on.set()

    assert race.errors_in(race.together(success, cancellation)) == []
    settle(intent)
    return intent


def test_a_success_that_has_begun_before_the_cancellation_is_seen_by_it(project, account, script, monkeypatch):
    intent = success_between_look_and_end(project, script, monkeypatch)

    assert (intent.cancelled_at is None, payment_of(intent).authorized, script.count("cancel")) == (False, 0, 1)


def test_control_without_the_lock_the_cancellation_is_forgotten_and_the_money_kept(
    project, account, script, monkeypatch
):
    monkeypatch.setattr(locks, "order_intent", lambda intent_id: OrderIntent.objects.get(pk=intent_id))

    intent = success_between_look_and_end(project, script, monkeypatch)

    assert (intent.cancelled_at, payment_of(intent).authorized, script.count("cancel")) == (None, 1299, 0)


def test_a_hundred_equal_commands_at_once_are_one_payment_and_another_amount_is_refused(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED, id="")]
    first = command(project)

    results = race.together(*[lambda: authorize_order(first) for _ in range(20)])

    assert race.errors_in(results) == []
    assert (OrderIntent.objects.count(), sum(not each.replayed for each in results)) == (1, 1)
    intent = OrderIntent.objects.get()
    assert race.errors_in(race.together(*[lambda: work(intent.id) for _ in range(4)])) == []
    assert (script.count("pay"), payment_of(intent).authorized) == (1, 1299)


def test_a_cancellation_and_the_workers_charge_at_once_never_leave_money_held(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED, id="")]
    script.cancel = [Verdict(Subject.CANCEL, Outcome.CANCELLED)]
    for _ in range(ROUNDS):
        intent = authorize_order(command(project)).intent
        race.together(lambda intent=intent: work(intent.id), cancelled(intent))
        settle(intent)
        row = OrderIntent.objects.select_related("payment").get(pk=intent.id)
        assert row.payment is None or row.payment.authorized == 0
        with pytest.raises(OtherAuthorization):
            authorize_order(command(project, order_id=intent.order_id))
