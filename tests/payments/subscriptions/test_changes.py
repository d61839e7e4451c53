"""What order systems and customers change: pause, amount, rhythm, payments that the shop asks for, the test clock."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import (
    DuplicateTransaction,
    InvalidField,
    OperationInProgress,
    ProviderUnavailable,
    UnsupportedOperation,
    WrongState,
)
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import Mode, Payment
from payments.selectors.project_clock import project_now
from payments.selectors.status import status_of
from payments.selectors.subscription_preview import preview
from payments.services.choose_method import choose
from payments.services.expire_due import due_for_expiry
from payments.services.results import Result
from payments.services.subscriptions import test_clock
from payments.services.subscriptions.change import change_method
from payments.services.subscriptions.pause import pause
from payments.services.subscriptions.pay import NotDueYet, PayLaterCommand, pay
from payments.services.subscriptions.renew import decide
from payments.services.subscriptions.resume import resume
from payments.services.subscriptions.start import begin, create, start
from payments.services.subscriptions.status import read_status
from payments.services.subscriptions.update import update
from providers.errors import Unavailable
from providers.types import Interval, Outcome
from tests import factories
from tests.scripted import payment

from . import world
from .world import at, fresh, renewed, subscribed, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pause_charges_nothing_and_its_dates_are_nobodys_debt(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        pause(row.id)
    with clock.frozen(at(2027, 4, 2)):
        assert renewed(row).next_due_at is None
        row = resume(row.id)
        assert (row.next_payment_on, row.state) == (dt.date(2027, 4, 30), "ACTIVE")
        row = renewed(row)
    assert len(psp.charges) == 1
    with clock.frozen(at(2027, 4, 30)):
        row = renewed(row)

    assert (len(psp.charges), row.period) == (2, 4)
    assert told(row) == ["created", "activated", "paused", "resumed", "renewed"]


def test_a_pause_waits_for_a_payment_that_is_on_its_way(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 28)):
        decide(row.id)
        with pytest.raises(OperationInProgress):
            pause(row.id)


def test_another_amount_and_rhythm_hold_from_the_next_period_on(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        row = update(row.id, amount=1500, interval=Interval.WEEK, interval_count=2)
        assert (row.amount, row.pending_amount, row.next_payment_on) == (990, 1500, dt.date(2027, 2, 28))
        assert [(next.due_on.isoformat(), next.amount) for next in preview(row, 2)] == [
            ("2027-02-28", 1500),
            ("2027-03-14", 1500),
        ]
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)

    assert (list(psp.charges.values()), row.amount, row.next_payment_on) == ([990, 1500], 1500, dt.date(2027, 3, 14))


def test_an_amount_of_nothing_and_fewer_payments_than_made_are_refused(project, account, script):
    world.opened(script)
    row = subscribed(project)
    with pytest.raises(InvalidField):
        update(row.id, expires_after=0)
    with pytest.raises(InvalidField):
        update(row.id, interval_count=0)
    assert told(row) == ["created", "activated"]


def test_a_shop_that_charges_itself_is_never_charged_by_the_hub(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, run_by=RunBy.SHOP, shop_transaction_id="S-1")
    with clock.frozen(at(2027, 6, 1)):
        row = renewed(row)
        assert len(psp.charges) == 1
        wanted = PayLaterCommand(row.id, Money(500, "EUR"), shop_transaction_id="S-june")
        first, again = pay(wanted), pay(wanted)
        with pytest.raises(DuplicateTransaction):
            pay(PayLaterCommand(row.id, Money(501, "EUR"), shop_transaction_id="S-june"))

    assert (first.result, again.replayed, list(psp.charges.values())) == (Result.OK, True, [990, 500])
    assert fresh(row).period == 2


def test_a_shop_cannot_charge_a_period_that_the_hub_has_renewed(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)
        with pytest.raises(NotDueYet):
            pay(PayLaterCommand(row.id, shop_transaction_id="mine"))
    with clock.frozen(at(2027, 3, 31)):
        pay(PayLaterCommand(row.id, shop_transaction_id="mine"))
        row = renewed(row)

    assert (len(psp.charges), row.period, row.next_payment_on) == (3, 3, dt.date(2027, 4, 30))


def test_an_ended_or_provider_run_subscription_cannot_be_charged(project, account, script):
    world.opened(script)
    by_psp = subscribed(project, run_by=RunBy.PROVIDER)
    with pytest.raises(UnsupportedOperation):
        pay(PayLaterCommand(by_psp.id))
    over = create(world.command(project))
    with pytest.raises((WrongState, InvalidField)):
        pay(PayLaterCommand(over.id))


def test_a_beginning_that_was_surely_not_sent_is_sent_again_with_its_key(project, account, script):
    psp = world.opened(script)
    script.start = [Unavailable("down"), psp]
    row = create(world.command(project, provider="", method=""))
    with pytest.raises(ProviderUnavailable):
        begin(row.id, provider="scripted", method="credit-cards")
    outcome = begin(row.id, provider="scripted", method="credit-cards")

    assert (outcome.result.value, fresh(row).state) == ("OK", "ACTIVE")
    assert list(psp.charges) == [f"ph-{row.id.hex}-1-0"]


def test_a_subscription_may_be_made_before_its_method_is_chosen(project, account, script):
    psp = world.opened(script)
    row = create(world.command(project, provider="", method="", shop_transaction_id="S-1"))
    assert (row.state, told(row)) == ("CREATED", ["created"])
    first = begin(row.id, provider="scripted", method="credit-cards")
    again = begin(row.id, provider="scripted", method="credit-cards")

    assert (first.result, again.replayed, len(psp.charges)) == (Result.OK, True, 1)
    assert (fresh(row).state, fresh(row).token) == ("ACTIVE", world.TOKEN)


def test_a_customer_who_comes_back_from_the_psp_has_subscribed(project, account, script):
    world.opened(script)

    script.start = [payment(Outcome.ACTION_REQUIRED, amount=990)]
    outcome = start(world.command(project))
    assert (outcome.result, fresh(outcome.subscription).state) == (Result.REDIRECT_TO_URL, "PAYMENT_PENDING")
    script.fetch = [world.said(Outcome.SUCCEEDED, Money(990, "EUR"), id="psp_1")]

    row = read_status(outcome.subscription)

    assert (row.state, row.token) == ("ACTIVE", world.TOKEN)


def test_a_free_payment_counts_as_accepted_and_expires_never(project, account, script):

    world.opened(script)
    row = create(world.command(project, provider="", method="", first_amount=0))
    begin(row.id, provider="scripted", method="credit-cards")
    payment = Payment.objects.get()

    assert (status_of(payment).value, payment.captured) == ("ACCEPTED", 0)
    with clock.advanced(10 * 86400):
        assert due_for_expiry() == []


def test_a_project_that_was_read_before_its_clock_was_put_forward_begins_by_the_clock(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        test_clock.advance(project.id, to=at(2027, 3, 31))
        row = subscribed(project, shop_transaction_id="M")  # as a cached key brings it along

    assert row.periods.get().due_on == dt.date(2027, 3, 31)
    assert row.next_payment_on == dt.date(2027, 4, 30)


def test_the_test_clock_renews_step_by_step_and_in_order(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        monthly = subscribed(project, shop_transaction_id="M")
        yearly = subscribed(project, shop_transaction_id="Y", interval=Interval.YEAR)
        to = at(2028, 2, 10)
        project = test_clock.advance(project.id, to=to)
        assert project_now(project, Mode.TEST) == to
        assert project_now(project, Mode.LIVE) == world.JANUARY
        with pytest.raises(InvalidField):
            test_clock.advance(project.id, to=world.JANUARY)

    made = Payment.objects.filter(subscription=monthly).order_by("id").values_list("shop_transaction_id", flat=True)
    assert list(made) == ["M", *(f"M-{n}" for n in range(2, 14))]
    assert list(monthly.periods.order_by("number").values_list("due_on", flat=True))[1:4] == [
        dt.date(2027, 2, 28),
        dt.date(2027, 3, 31),
        dt.date(2027, 4, 30),
    ]
    assert fresh(yearly).period == 2
    assert not monthly.periods.filter(state="skipped").exists()
    assert len(psp.charges) == 15


def test_the_test_clock_moves_no_live_subscription(project, account, script):

    psp = world.opened(script)
    factories.make_account(project, mode="live", name="live")
    with clock.frozen(world.JANUARY):
        row = subscribed(project, mode="live")
        test_clock.advance(project.id, to=at(2027, 3, 1))
        row = renewed(row)

    assert (row.period, len(psp.charges)) == (1, 1)


def test_dunning_follows_the_test_clock(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        psp.declines = [world.soft()] * 9
        test_clock.advance(project.id, to=at(2027, 3, 20))

    assert (fresh(row).state, fresh(row).end_reason, psp.calls) == ("ABORTED", "dunning", 6)


def test_a_method_is_set_up_in_the_checkout_without_paying(project, account, script):

    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        opened = change_method(row.id)
        choose(opened.id, provider="scripted", method="wallet" if "wallet" in account.methods else "credit-cards")

    assert sorted(psp.charges.values()) == [0, 990]
    assert told(row)[-1] == "changed"
    assert fresh(row).next_payment_on == dt.date(2027, 2, 28)
