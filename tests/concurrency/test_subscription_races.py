"""Races about one subscription: two workers, a cancel, a provider's charge told twice; each with its control."""

import itertools
import threading

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts.start import start as send
from payments.domain.subscription import RunBy
from payments.models import Attempt, Payment, Source, Subscription
from payments.services.subscriptions import provider_run
from payments.services.subscriptions.cancel import cancel
from payments.services.subscriptions.provider_run import record_provider_charge
from payments.services.subscriptions.renew import Renewed, decide, renew
from payments.tasks import renewals
from payments.verdicts.apply import Told
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, fresh, subscribed

from .race import WAIT, errors_in, together

pytestmark = pytest.mark.django_db(transaction=True)


def lock_taken_away(monkeypatch, *, readers: int) -> None:
    """Replace the subscription's row lock by a plain read: the first `readers` all read before any of them goes on."""
    real, barrier, calls = locks.subscription, threading.Barrier(readers), itertools.count()

    def unlocked(subscription_id):
        if next(calls) >= readers:
            return real(subscription_id)
        row = Subscription.objects.select_related("project", "provider_account").get(pk=subscription_id)
        barrier.wait(WAIT)
        return row

    monkeypatch.setattr(locks, "subscription", unlocked)


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def row(project, account, psp):
    with clock.frozen(world.JANUARY):
        return subscribed(project)


def test_s41_two_workers_on_one_renewal_charge_it_once(row, psp):
    with clock.frozen(at(2027, 2, 28)):
        results = together(*[lambda: renew(row.id)] * 4)

    assert errors_in(results) == []
    assert (len(psp.charges), psp.calls) == (2, 2)
    assert Payment.objects.filter(subscription_period=2).count() == 1
    assert fresh(row).period == 2


def test_s41_control_without_the_lock_the_database_still_refuses_the_second(row, psp, monkeypatch):
    lock_taken_away(monkeypatch, readers=2)
    with clock.frozen(at(2027, 2, 28)):
        results = together(*[lambda: decide(row.id)] * 2)

    refused = errors_in(results)
    assert len(refused) == 1
    assert "duplicate key value" in str(refused[0])  # the lock did no work here: a constraint did
    assert Attempt.objects.filter(kind="subscription_pay").count() == 1


def test_s41_two_beats_take_different_subscriptions(project, account, psp):
    with clock.frozen(world.JANUARY):
        rows = {subscribed(project).id for _ in range(6)}
    with clock.frozen(at(2027, 2, 28)):
        taken = together(*[lambda: renewals.take(limit=3)] * 3)

    assert errors_in(taken) == []
    everything = [id for batch in taken for id in batch]
    assert len(everything) == len(set(everything))
    assert set(everything) <= rows


def test_s40_a_cancel_and_a_renewal_never_both_win(project, account, psp):
    with clock.frozen(world.JANUARY):
        rows = [subscribed(project) for _ in range(5)]
    with clock.frozen(at(2027, 2, 28)):
        for row in rows:
            results = together(lambda row=row: decide(row.id), lambda row=row: cancel(row.id, at_once=True))
            assert errors_in(results) == []
            renewal: Renewed = results[0]
            charged = renewal.attempt is not None
            assert fresh(row).state == "EXPIRED"
            assert Payment.objects.filter(subscription=row, subscription_period=2).exists() == charged


def test_s40_control_without_the_lock_a_cancelled_subscription_is_renewed(row, psp, monkeypatch):
    lock_taken_away(monkeypatch, readers=2)
    with clock.frozen(at(2027, 2, 28)):
        results = together(lambda: decide(row.id), lambda: cancel(row.id, at_once=True))
        attempts = [found.attempt for found in results if isinstance(found, Renewed) and found.attempt]

    # Both read the row before the other wrote: whoever wrote last has the state, or the history's number is taken twice.
    both = bool(attempts) and fresh(row).state in ("EXPIRED", "PAYMENT_PENDING")
    assert both or errors_in(results)


def test_a_providers_charge_told_by_webhook_and_poll_at_once_is_one_payment(project, account, psp):
    with clock.frozen(world.JANUARY):
        row = subscribed(project, run_by=RunBy.PROVIDER)
    charge = world.charge(Money(990, "EUR"), id="ch_2", sequence=2)
    with clock.frozen(at(2027, 2, 28)):
        results = together(
            lambda: record_provider_charge(row.id, charge, told=Told(Source.WEBHOOK, "notification:1")),
            lambda: record_provider_charge(row.id, charge, told=Told(Source.SYSTEM, "subscription")),
            lambda: record_provider_charge(row.id, charge, told=Told(Source.WEBHOOK, "notification:2")),
        )

    assert errors_in(results) == []
    payment = Payment.objects.get(subscription_period=2)
    assert set(results) == {payment.id}
    assert (payment.captured, fresh(row).payments_made) == (990, 2)


def test_control_without_the_lock_a_providers_charge_is_kept_single_by_its_key(project, account, psp, monkeypatch):
    with clock.frozen(world.JANUARY):
        row = subscribed(project, run_by=RunBy.PROVIDER)
    charge = world.charge(Money(990, "EUR"), id="ch_2", sequence=2)
    refused = []

    lock_taken_away(monkeypatch, readers=2)

    seen = provider_run.constraint_of

    def noted(error):
        refused.append(seen(error))
        return seen(error)

    monkeypatch.setattr(provider_run, "constraint_of", noted)
    with clock.frozen(at(2027, 2, 28)):
        results = together(
            *[lambda: record_provider_charge(row.id, charge, told=Told(Source.WEBHOOK, "notification:1"))] * 2
        )

    assert errors_in(results) == []
    assert refused  # both made it: the database let one of them through
    assert Payment.objects.filter(subscription_period=2).count() == 1


def test_a_renewal_that_is_sent_twice_at_once_reaches_the_psp_once(row, psp):
    with clock.frozen(at(2027, 2, 28)):
        written = decide(row.id)
        assert written.attempt is not None
        id = written.attempt.id
        results = together(*[lambda: send(id)] * 3)

    assert errors_in(results) == []
    assert psp.calls == 2
