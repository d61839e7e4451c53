"""S63: the card-testing guard trips, holds back, tells operators once, and releases."""

import datetime as dt

import pytest

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import RateLimited, WrongState
from paymenthub.kernel.money import Money
from payments.domain.attempt import ItemKind
from payments.metrics.backlog import read
from payments.models import AuditEntry, GuardTrip, OperatorItem, Payment, PaymentType
from payments.services import card_testing, rates
from payments.services.abuse import GuardTripped, guard_choose
from payments.services.card_testing import Decided
from payments.services.checkout_rules import By
from payments.services.choose_method import choose
from payments.services.open_payment import OpenCommand, open_payment
from payments.services.pay import pay
from providers.types import Decline, DeclineReason, Outcome
from tests import factories
from tests.concurrency.race import errors_in, together
from tests.payments.abuse.conftest import NOON
from tests.scripted import payment as verdict

pytestmark = pytest.mark.django_db(transaction=True)

THIEF, HONEST = "203.0.113.9", "198.51.100.7"


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.CARD_TESTING_IP_PAYMENTS = 3
    settings.CARD_TESTING_PROJECT_PAYMENTS = 8
    settings.CARD_TESTING_PROJECT_SMALL = 5
    settings.CHECKOUT_TRIES_PER_IP = "off"


def decide(project, *, ip=THIEF, declined=True, amount=1299, mode="test", payment_id=None):
    payment_id = payment_id or ids.new_uuid()
    if ip:
        card_testing.remember_address(payment_id, ip)
    card_testing.count(Decided(payment_id, project.id, mode, amount, declined))


def open_one(project, number, **over):
    fields = {"money": Money(1299, "EUR"), "shop_transaction_id": f"order-{number}"} | over
    return open_payment(OpenCommand(project=project, mode="test", **fields))


def some_payment(project, mode="test"):
    return Payment(project=project, mode=mode, amount=1299, currency="EUR")


def tripped() -> list[str]:
    return sorted(GuardTrip.objects.filter(until__gt=clock.now()).values_list("subject", flat=True))


def is_refused(project, ip, payment=None) -> int | None:
    try:
        guard_choose(payment or some_payment(project), ip)
    except GuardTripped as error:
        return error.retry_after
    return None


def test_many_payments_declined_from_one_address_hold_it_back(project, settings):
    for _ in range(2):
        decide(project)
    assert is_refused(project, THIEF) is None
    decide(project)
    assert tripped() == [f"ip:{THIEF}"]
    assert is_refused(project, THIEF) == settings.CARD_TESTING_HOLD
    assert is_refused(project, HONEST) is None


def test_further_cards_on_one_payment_count_once(project):
    same = ids.new_uuid()
    for _ in range(9):
        decide(project, payment_id=same)
    assert tripped() == []


def test_an_office_where_most_payments_succeed_is_not_held_back(project):
    for _ in range(3):
        decide(project, declined=False)
    for _ in range(4):
        decide(project)
    assert tripped() == []  # 4 of 7 is less than CARD_TESTING_RATIO


@pytest.mark.parametrize(("amount", "number", "subjects"), [(500, 5, ["project"]), (501, 5, []), (501, 8, ["project"])])
def test_a_project_trips_by_many_payments_and_sooner_by_small_ones(project, amount, number, subjects):
    for place in range(number):
        decide(project, ip=f"192.0.2.{place}", amount=amount)
    assert tripped() == subjects


def test_what_lies_longer_back_than_the_window_does_not_count(project):
    decide(project)
    decide(project)
    with clock.frozen(NOON + dt.timedelta(seconds=600)):
        decide(project)
        assert tripped() == []
    with clock.frozen(NOON + dt.timedelta(seconds=540)):
        decide(project)
        assert tripped() == [f"ip:{THIEF}"]


def test_other_projects_and_modes_go_on(project):
    other = factories.make_project()
    for _ in range(3):
        decide(project)
    assert is_refused(other, THIEF) is None
    assert is_refused(project, THIEF, some_payment(project, "live")) is None


def test_while_a_project_is_under_attack_each_address_has_one_payment_a_pause(project, settings):
    for place in range(8):
        decide(project, ip=f"192.0.2.{place}")
    first = some_payment(project)
    assert is_refused(project, HONEST, first) is None
    assert is_refused(project, HONEST, first) is None  # the same order, tried again
    assert is_refused(project, HONEST) == settings.CARD_TESTING_PAUSE
    assert is_refused(project, "198.51.100.8") is None


def test_a_trip_tells_operators_once_and_what_to_do_next(project):
    for _ in range(6):
        decide(project)
    (item,) = OperatorItem.objects.filter(kind=ItemKind.CARD_TESTING)
    assert item.about == f"test ip:{THIEF}"
    assert item.evidence["declinedPayments"] == 3
    assert "release it" in item.next_step


def test_the_refusal_is_a_429_of_its_own_code(project):
    for _ in range(3):
        decide(project)
    with pytest.raises(GuardTripped) as refused:
        guard_choose(some_payment(project), THIEF)
    assert (refused.value.status, refused.value.code) == (429, "card_testing_guard")


def test_it_releases_by_itself_and_trips_again_with_the_same_item(project, settings):
    for _ in range(3):
        decide(project)
    with clock.frozen(NOON + dt.timedelta(seconds=settings.CARD_TESTING_HOLD)):
        assert is_refused(project, THIEF) is None
        for _ in range(3):
            decide(project)
        assert tripped() == [f"ip:{THIEF}"]
    assert GuardTrip.objects.count() == 1
    assert OperatorItem.objects.filter(kind=ItemKind.CARD_TESTING).count() == 1


def test_an_operator_releases_it_with_an_audit_row_and_the_item_is_settled(project):
    for _ in range(3):
        decide(project)
    trip = GuardTrip.objects.get()
    card_testing.release(trip=trip, by=By("ada", "192.0.2.1", "a class on a trip"))
    assert is_refused(project, THIEF) is None
    item = OperatorItem.objects.get(kind=ItemKind.CARD_TESTING)
    assert (item.resolved_by, item.resolution) == ("ada", "a class on a trip")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.note) == ("release_guard", "ada", "a class on a trip")
    with pytest.raises(WrongState):
        card_testing.release(trip=trip, by=By("ada", None, "again"))
    decide(project)  # the counts were forgotten: one more decline trips nothing
    assert tripped() == []


def test_without_the_cache_nothing_trips_and_what_has_tripped_holds(project, cache_away):
    for _ in range(9):
        decide(project)
    assert tripped() == []
    until = NOON + dt.timedelta(seconds=60)
    GuardTrip.objects.create(project=project, mode="test", subject=f"ip:{THIEF}", tripped_at=NOON, until=until)
    assert is_refused(project, THIEF) == 60
    assert is_refused(project, HONEST) is None
    # Of a project under attack nobody can tell honest customers from others: closed.
    GuardTrip.objects.create(project=project, mode="test", subject="project", tripped_at=NOON, until=until)
    rates.pause.end()
    assert is_refused(project, HONEST) == 60


@pytest.mark.parametrize("was_tripped_before", [False, True])
def test_of_many_that_see_it_at_once_one_tells_the_operators(project, caplog, was_tripped_before):
    if was_tripped_before:
        past = NOON - dt.timedelta(hours=1)
        GuardTrip.objects.create(project=project, mode="test", subject=f"ip:{THIEF}", tripped_at=past, until=past)
    decide(project)
    decide(project)

    def one_more():
        with clock.frozen(NOON):
            decide(project)

    assert errors_in(together(*[one_more] * 5)) == []
    assert GuardTrip.objects.count() == 1
    assert OperatorItem.objects.count() == 1
    assert [record.message for record in caplog.records].count("the card-testing guard has tripped") == 1


def test_the_gauge_shows_what_is_held_back(project):
    def gauge():
        return next(number for what, _, number, _ in read() if what == "card_testing_guard")

    assert gauge() == 0
    now = dt.datetime.now(dt.UTC)  # the database's clock is the real one
    fields = {"project": project, "mode": "test", "tripped_at": now}
    GuardTrip.objects.create(**fields, subject="project", until=now + dt.timedelta(minutes=5))
    GuardTrip.objects.create(**fields, subject="ip:192.0.2.1", until=now - dt.timedelta(minutes=5))
    assert gauge() == 1


def test_a_decline_of_the_checkout_is_counted_for_the_address_that_chose(project, account, script):
    for number in range(3):
        script.pay = [verdict(Outcome.DECLINED, id=f"psp_{number}")]
        opened = open_one(project, number)
        guard_choose(opened, THIEF)
        choose(opened.id, provider="scripted", method="credit-cards")
    assert tripped() == [f"ip:{THIEF}"]


@pytest.mark.parametrize(
    "decline",
    [
        Decline(DeclineReason.CUSTOMER_CANCELLED),
        Decline(DeclineReason.PROCESSING_ERROR),
        Decline(DeclineReason.INVALID_REQUEST),
    ],
)
def test_a_decline_that_says_nothing_of_a_card_is_no_sign(project, account, script, decline):
    for number in range(8):
        script.pay = [verdict(Outcome.DECLINED, id=f"psp_{number}", decline=decline)]
        pay(factories.pay_command(project))
    assert tripped() == []


def test_declines_of_the_order_systems_own_calls_count_for_the_project(project, account, script):
    for number in range(8):
        script.pay = [verdict(Outcome.DECLINED, id=f"psp_{number}")]
        pay(factories.pay_command(project))
    assert tripped() == ["project"]
    script.pay = [verdict(Outcome.SUCCEEDED, id="psp_paid")]
    assert pay(factories.pay_command(project)).payment.captured == 1299  # keyed calls are never held back


@pytest.mark.parametrize(("kind", "subjects"), [(PaymentType.SUBSCRIPTION, []), (PaymentType.PAY_BY_LINK, ["project"])])
def test_renewals_of_subscriptions_are_no_sign(project, account, script, kind, subjects):
    for number in range(8):
        script.pay = [verdict(Outcome.DECLINED, id=f"psp_{number}")]
        opened = open_one(project, number, type=kind)
        choose(opened.id, provider="scripted", method="credit-cards")
    assert tripped() == subjects


def test_a_guard_that_is_switched_off_never_trips(project, settings):
    settings.CARD_TESTING_IP_PAYMENTS = settings.CARD_TESTING_PROJECT_PAYMENTS = settings.CARD_TESTING_PROJECT_SMALL = 0
    for _ in range(20):
        decide(project, amount=100)
    assert tripped() == []


def test_a_refused_try_is_not_remembered_as_begun(project, settings):
    settings.CHECKOUT_TRIES_PER_PAYMENT = "1/min"
    payment = some_payment(project)
    guard_choose(payment, HONEST)
    with pytest.raises(RateLimited):
        guard_choose(payment, THIEF)
    card_testing.count(Decided(payment.id, project.id, "test", 1299, True))
    assert card_testing.counts_of(project.id, "test", f"ip:{THIEF}").declined == 0
    assert card_testing.counts_of(project.id, "test", f"ip:{HONEST}").declined == 1
