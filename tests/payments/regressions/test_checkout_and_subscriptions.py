"""What the checkout's several tries and subscriptions have together: each fact goes to the try that it is about."""

import pytest

from paymenthub.kernel import clock
from payments.domain.attempt import AttemptKind, AttemptState, MovementKind
from payments.inbox import keep as keeping
from payments.inbox.process import process
from payments.models import Attempt, AuditOutcome, OperatorItem, Payment, Source
from payments.selectors import accounts, ledger
from payments.selectors.explain import NOUN, explain
from payments.services.audit import message_of
from payments.services.cancel import cancel
from payments.services.choose_method import choose
from payments.services.open_payment import open_payment
from payments.services.ordering import By
from payments.services.resolve import decide
from payments.services.subscriptions.change import change_method
from payments.verdicts.apply import Told, apply
from providers import registry
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import InboundRequest, Outcome, Subject, Verdict
from tests import factories
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import fresh, subscribed
from tests.scripted import notification_body
from tests.scripted import payment as said

pytestmark = pytest.mark.django_db(transaction=True)

CARD = {"provider": "scripted", "method": "credit-cards"}
OTHER = {"provider": "scripted", "method": "wallet"}
CLOSED = Verdict(Subject.PAYMENT, Outcome.EXPIRED)
BY_HOOK = Told(Source.WEBHOOK, "late")


@pytest.fixture
def account(project, script):
    return factories.make_account(project, methods=["credit-cards", "wallet"])


def tries_of(row: Payment) -> list[Attempt]:
    kinds = (AttemptKind.PAY, AttemptKind.AUTHORIZE, AttemptKind.SUBSCRIPTION_START)
    return list(row.attempts.filter(kind__in=kinds).order_by("created_at", "id"))


def test_a_hint_about_an_earlier_try_is_asked_about_that_try(project, account, script):
    """Asked about the latest one instead, money that came by the first would be lost, or booked to the wrong try."""
    row = open_payment(factories.open_command(project))
    script.pay = [said(Outcome.DECLINED, id="psp_1"), said(Outcome.DECLINED, id="psp_2")]
    choose(row.id, **CARD)
    choose(row.id, **OTHER)
    first, second = tries_of(row)

    def shown(call, request):
        late = call.attempt_reference == first.public_id
        return said(Outcome.SUCCEEDED, id="psp_1") if late else said(Outcome.DECLINED, id="psp_2")

    script.fetch = [shown]
    request = InboundRequest(
        method="POST",
        body=notification_body(Outcome.SUCCEEDED, key="", id="psp_1"),
        headers={"x-secret": "s"},
        query={},
        received_at=clock.now(),
    )
    told = registry.get(account.provider).notification(accounts.opened(account), request, None)
    message = keeping.keep(account, request, told)
    assert message is not None

    process(message.pk)

    paid = Payment.objects.get(pk=row.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (paid.captured, paid.winning_attempt_id, paid.wire_id) == (1299, first.id, "psp_1")
    assert (first.state, second.state) == (AttemptState.SUCCEEDED, AttemptState.DECLINED)


def test_a_session_is_closed_as_itself_where_an_earlier_try_has_won_meanwhile(project, account, script):
    """Closed by the winner's ids, its held money would be let go, and the open session would count as closed."""
    other = factories.make_account(project, name="second", is_default=False, methods=["wallet"])
    row = open_payment(factories.open_command(project, capture_mode="manual"))
    script.pay = [said(Outcome.DECLINED, id="psp_1"), said(Outcome.ACTION_REQUIRED, id="psp_2")]
    choose(row.id, **CARD)
    choose(row.id, **OTHER, account_name="second")
    first, second = tries_of(row)
    apply(payment_id=row.id, attempt_id=first.id, news=said(Outcome.AUTHORIZED, id="psp_1"), told=BY_HOOK)
    assert Payment.objects.get(pk=row.pk).provider_account == account
    script.expire = script.cancel = [CLOSED]
    script.fetch = [said(Outcome.ACTION_REQUIRED, id="psp_2")]

    cancel(Payment.objects.get(pk=row.pk), By())

    what, _, request = next(asked for asked in script.asked if asked[0] in ("expire", "cancel"))
    closing = row.attempts.get(kind=AttemptKind.CLOSE)
    held = Payment.objects.get(pk=row.pk)
    second.refresh_from_db()
    assert (what, [found.value for found in request.references]) == ("expire", ["psp_2"])
    assert (closing.provider_account, second.state) == (other, AttemptState.DECLINED)
    assert (held.authorized, held.movements.filter(kind=MovementKind.RELEASED).count()) == (1299, 0)


def test_the_token_of_a_second_winner_is_not_kept(project, account, script):
    """It belongs to another account, or to what is given back: a renewal by it would charge the wrong means."""
    other = factories.make_account(project, name="second", is_default=False, methods=["wallet"])
    world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        change = change_method(row.id)
        zero = change.money
        script.start = [
            said(Outcome.ACTION_REQUIRED, amount=0),
            world.said(Outcome.SUCCEEDED, zero, id="psp_2", token="tok_second"),
        ]
        script.fetch, script.expire = [said(Outcome.ACTION_REQUIRED, amount=0)], [CLOSED]
        choose(change.id, **CARD)
        choose(change.id, **OTHER, account_name="second")
        first = tries_of(change)[0]
        assert (fresh(row).token, fresh(row).provider_account) == ("tok_second", other)

        late = world.said(Outcome.SUCCEEDED, zero, id="psp_1", token="tok_first")
        apply(payment_id=change.id, attempt_id=first.id, news=late, told=BY_HOOK)

    assert (fresh(row).token, fresh(row).provider_account) == ("tok_second", other)
    assert OperatorItem.objects.filter(kind="second_winner").count() == 1


def test_another_method_without_a_token_changes_nothing_and_a_person_looks(project, account, script):
    """The old token at the new account would charge nobody, or somebody else."""
    factories.make_account(project, name="second", is_default=False, methods=["wallet"])
    world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
        change = change_method(row.id)
        script.start = [Verdict(Subject.PAYMENT, Outcome.SUCCEEDED, change.money)]
        choose(change.id, **OTHER, account_name="second")

    assert (fresh(row).token, fresh(row).provider_account) == (world.TOKEN, account)
    assert world.told(row)[-1] != "changed"
    assert OperatorItem.objects.filter(kind="subscription_stuck").count() == 1


def test_a_renewal_in_doubt_is_explained_and_decided_by_a_person(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    script.charge, script.fetch = [OutcomeUnknown("read timeout")], [OutcomeUnknown("away")]
    with clock.frozen(world.at(2027, 2, 28)):
        world.renewed(row)
        doubtful = Attempt.objects.get(kind=AttemptKind.SUBSCRIPTION_PAY)
        assert doubtful.state == AttemptState.UNKNOWN
        assert "nobody knows yet" in explain(doubtful.payment, [doubtful]).text

        decide(doubtful, "succeeded", "seen in the dashboard", "ada")

    paid = Payment.objects.get(pk=doubtful.payment_id)
    assert (paid.captured, fresh(row).state) == (990, "ACTIVE")


def test_the_ledger_proof_knows_what_subscriptions_take(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        subscribed(project)

    assert [finding for portion in ledger.walk() for finding in portion.findings] == []


@pytest.mark.parametrize("kind", list(AttemptKind))
def test_people_are_told_of_every_kind_of_attempt(kind):
    attempt = Attempt(kind=kind, amount=990, currency="EUR", state=AttemptState.SUCCEEDED)

    assert message_of(AuditOutcome.OK, attempt).startswith("The provider has confirmed the ")
    assert NOUN[kind]


def test_the_second_payment_of_one_period_is_put_before_a_person(project, account, script):
    """The first try succeeds late while the retry is on its way: the customer has paid the period twice."""
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    psp.declines = [world.soft()]
    with clock.frozen(world.at(2027, 2, 28)):
        world.renewed(row)
    script.charge, script.fetch = [OutcomeUnknown("timeout")], [Unavailable("away")]
    with clock.frozen(world.at(2027, 3, 1)):
        world.renewed(row)
    late, retry = Payment.objects.filter(subscription=row, subscription_period=2).order_by("created_at")
    assert OperatorItem.objects.count() == 0

    for number, payment in enumerate((late, retry)):
        news = world.said(Outcome.SUCCEEDED, payment.money, id=f"psp_late_{number}")
        apply(payment_id=payment.id, attempt_id=tries_of_kind(payment).id, news=news, told=BY_HOOK)

    assert list(OperatorItem.objects.order_by("created_at").values_list("kind", "about")) == [
        ("late_success", tries_of_kind(late).public_id),
        ("second_winner", retry.public_id),
    ]
    assert [each.captured for each in Payment.objects.filter(pk__in=[late.pk, retry.pk])] == [990, 990]


def tries_of_kind(payment: Payment) -> Attempt:
    return payment.attempts.get(kind=AttemptKind.SUBSCRIPTION_PAY)
