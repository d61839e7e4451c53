"""A worker that is killed at any point of a renewal: the PSP's ledger never shows two charges of one period."""

import pytest

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Payment
from payments.services.subscriptions import renew as renewing
from payments.services.subscriptions.renew import renew
from payments.tasks import renewals
from providers.errors import OutcomeUnknown, Unavailable
from tests.scripted import Script

from . import world
from .world import at, fresh, subscribed, told

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process is gone."""


def before_it_is_written_down(monkeypatch, script: Script, psp: world.Psp) -> None:
    def killed(*args: object, **more: object) -> None:
        raise Killed

    monkeypatch.setattr("payments.saga.subscription.SubscriptionChange.save", killed)


def after_it_is_written_down(monkeypatch, script: Script, psp: world.Psp) -> None:
    def killed(attempt_id: object) -> None:
        raise Killed

    monkeypatch.setattr(renewing, "start", killed)


def while_the_psp_is_called(monkeypatch, script: Script, psp: world.Psp) -> None:
    def killed(call, request):
        raise Killed

    script.charge = [killed, psp]


def when_the_psp_has_charged(monkeypatch, script: Script, psp: world.Psp) -> None:
    def killed(call, request):
        psp(call, request)
        raise Killed

    script.charge = [killed, psp]


def when_the_answer_is_here(monkeypatch, script: Script, psp: world.Psp) -> None:
    def killed(*args: object, **more: object) -> None:
        raise Killed

    monkeypatch.setattr("payments.attempts.run.apply", killed)


@pytest.mark.parametrize(
    "killed_at",
    [
        before_it_is_written_down,
        after_it_is_written_down,
        while_the_psp_is_called,
        when_the_psp_has_charged,
        when_the_answer_is_here,
    ],
)
def test_s41_a_renewal_is_finished_once_wherever_its_worker_is_killed(
    project, account, script, settings, monkeypatch, killed_at
):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(at(2027, 2, 28)):
        assert renewals.take() == [row.id]
        with monkeypatch.context() as patch:
            killed_at(patch, script, psp)
            with pytest.raises(Killed):
                renew(row.id)
        for minutes in range(1, 20):
            with clock.advanced(minutes * 60):
                others_go_on()

    assert (fresh(row).state, fresh(row).period) == ("ACTIVE", 2)
    assert sorted(psp.charges) == [f"ph-{row.id.hex}-1-0", f"ph-{row.id.hex}-2-0"]
    assert Payment.objects.filter(subscription_period=2).count() == 1
    assert told(row) == ["created", "activated", "renewed"]


@pytest.mark.parametrize("charged", [False, True])
def test_an_unanswered_renewal_is_in_doubt_and_nothing_else_is_tried(project, account, script, charged):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)

    def no_answer(call, request):
        if charged:
            psp(call, request)
        raise OutcomeUnknown("time-out")

    script.charge = [no_answer]
    script.fetch = [Unavailable("down")]
    for moment in (at(2027, 2, 28), at(2027, 3, 1), at(2027, 3, 5), at(2027, 3, 31), at(2027, 4, 30)):
        with clock.frozen(moment):
            others_go_on()
    assert (fresh(row).state, fresh(row).period, script.count("charge")) == ("PAYMENT_PENDING", 2, 1)
    assert Attempt.objects.latest("created_at").state == AttemptState.UNKNOWN

    script.fetch, script.charge = [psp.fetched], [psp]
    with clock.frozen(at(2027, 5, 2)):
        others_go_on()
    assert len(psp.charges) == (2 if charged else 1)


def test_a_psp_that_is_away_gets_the_same_renewal_later(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    script.charge = [Unavailable("refused"), psp]
    with clock.frozen(at(2027, 2, 28)):
        others_go_on()
        assert fresh(row).state == "PAYMENT_PENDING"
        with clock.advanced(120):
            others_go_on()

    assert (fresh(row).state, list(psp.charges)[-1]) == ("ACTIVE", f"ph-{row.id.hex}-2-0")


def others_go_on() -> None:
    """What the other workers do meanwhile: renew what is due, and ask about what nobody finished."""
    for subscription_id in renewals.take():
        renewals.one(subscription_id)
    for attempt_id in reconcile.due():
        reconcile.poll(attempt_id)
