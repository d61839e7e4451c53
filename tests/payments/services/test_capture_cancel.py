"""Capture, cancel and expire: amounts decide what is allowed, and nothing is sent that is not."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import OperationInProgress, WrongState
from payments.models import Attempt, CaptureMode, OutboxEvent, Payment
from payments.services.cancel import cancel, expire
from payments.services.capture import CaptureCommand, OverCapture, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.results import Result
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome
from tests import factories, scripted
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(project, account, script) -> Payment:
    """1299 EUR cents authorised and not captured."""
    script.pay = [payment(Outcome.AUTHORIZED)]
    return pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment


@pytest.fixture
def waiting(project, account, script) -> Payment:
    """A payment whose customer has not paid yet."""
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    return pay(factories.pay_command(project)).payment


def totals(row: Payment) -> tuple[int, int]:
    row.refresh_from_db()
    return row.authorized, row.captured


def events(row: Payment) -> list[str]:
    return list(OutboxEvent.objects.filter(payment=row).order_by("sequence").values_list("type", flat=True))


def test_an_authorisation_holds_and_takes_nothing(held):
    assert totals(held) == (1299, 0)
    assert (held.state, held.capturable, held.claimed_shop_transaction_id is None) == (
        "PAYMENT_AUTHORIZED",
        1299,
        False,
    )
    assert held.authorization_expires_at is not None
    assert events(held) == ["payment.authorized"]


def test_a_full_capture_takes_all_of_it(held, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]

    answer = capture(CaptureCommand(held), By())

    assert (answer.result, totals(held), held.state) == (Result.OK, (1299, 1299), "PAYMENT_EXECUTED")
    assert events(held) == ["payment.authorized", "payment.captured"]


def test_a_final_partial_capture_releases_the_rest(held, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1000)]

    capture(CaptureCommand(held, 1000), By())

    assert totals(held) == (1000, 1000)
    assert sorted(held.movements.values_list("kind", "amount")) == [
        ("authorized", 1299),
        ("captured", 1000),
        ("released", -299),
    ]


def test_several_captures_until_all_is_taken(held, script):
    script.capture = [
        scripted.capture(Outcome.SUCCEEDED, 1000, id="cap_1"),
        scripted.capture(Outcome.SUCCEEDED, 299, id="cap_2"),
    ]

    capture(CaptureCommand(held, 1000, final=False), By())
    between = (held.refresh_from_db(), held.state, held.capturable)[1:]
    capture(CaptureCommand(held, 299, final=False), By())

    assert between == ("PAYMENT_PARTIALLY_CAPTURED", 299)
    assert (totals(held), held.state) == ((1299, 1299), "PAYMENT_EXECUTED")


def test_s10_over_capture_is_refused_with_the_amounts_and_nothing_sent(held, script):
    with pytest.raises(OverCapture) as error:
        capture(CaptureCommand(held, 1300), By())

    assert error.value.details["capturable"] == 1299
    assert (script.count("capture"), totals(held)) == (0, (1299, 0))


def test_s10_the_same_capture_sent_twice_is_one(held, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]

    first, second = capture(CaptureCommand(held), By()), capture(CaptureCommand(held, 1299), By())

    assert (first.replayed, second.replayed, script.count("capture")) == (False, True, 1)


def test_s10_a_capture_of_what_is_captured_already_is_refused(held, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]
    capture(CaptureCommand(held), By())

    with clock.advanced(61), pytest.raises(WrongState):
        capture(CaptureCommand(held, 1299), By())

    assert script.count("capture") == 1


def test_s10_a_capture_after_a_cancel_is_refused(held, script):
    script.cancel = [payment(Outcome.CANCELLED)]
    cancel(held, By())

    with pytest.raises(WrongState) as error:
        capture(CaptureCommand(held), By())

    assert (error.value.details["capturable"], script.count("capture"), totals(held)) == (0, 0, (0, 0))
    assert (held.state, held.claimed_shop_transaction_id) == ("PAYMENT_CANCELLED", None)
    assert events(held) == ["payment.authorized", "payment.cancelled"]


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        (OutcomeUnknown("timeout"), "CAPTURE_REQUESTED", Result.PENDING),
        (scripted.capture(Outcome.PENDING, 1299), "CAPTURE_REQUESTED", Result.PENDING),
        (scripted.capture(Outcome.DECLINED, 1299), "PAYMENT_AUTHORIZED", Result.KO),
        (Rejected("no"), "PAYMENT_AUTHORIZED", Result.KO),
    ],
)
def test_a_capture_that_did_not_succeed_takes_nothing(held, script, answer, state, word):
    script.capture = [answer]

    outcome = capture(CaptureCommand(held), By())

    assert (outcome.result, totals(held), held.state) == (word, (1299, 0), state)


def test_nothing_else_runs_while_a_capture_is_in_doubt(held, script):
    script.capture = [OutcomeUnknown("timeout")]
    capture(CaptureCommand(held, 500), By())

    with pytest.raises(OperationInProgress):
        capture(CaptureCommand(held, 600), By())
    with pytest.raises(OperationInProgress):
        cancel(held, By())

    assert (script.count("capture"), script.count("cancel")) == (1, 0)


def test_a_capture_that_was_not_sent_leaves_it_authorised(held, script):
    script.capture = [Unavailable("refused"), scripted.capture(Outcome.SUCCEEDED, 1299)]

    with pytest.raises(Exception, match="could not be reached"):
        capture(CaptureCommand(held), By())
    between = (held.refresh_from_db(), held.state)[1]

    assert between == "PAYMENT_AUTHORIZED"
    assert capture(CaptureCommand(held), By()).result is Result.OK


def test_the_rest_of_a_partly_captured_payment_can_be_released(held, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1000)]
    script.cancel = [payment(Outcome.CANCELLED)]
    capture(CaptureCommand(held, 1000, final=False), By())

    cancel(held, By())

    assert (totals(held), held.state) == ((1000, 1000), "PAYMENT_EXECUTED")
    assert held.claimed_shop_transaction_id is not None


def test_a_payment_that_waits_for_its_customer_is_closed(waiting, script):
    script.expire = [payment(Outcome.EXPIRED)]

    answer = cancel(waiting, By())

    assert (answer.result, waiting.refresh_from_db(), waiting.state) == (Result.OK, None, "PAYMENT_CANCELLED")
    assert sorted(Attempt.objects.values_list("kind", "state")) == [("close", "SUCCEEDED"), ("pay", "DECLINED")]
    assert waiting.claimed_shop_transaction_id is None
    assert events(waiting) == ["payment.cancelled"]


def test_s43_a_customer_who_paid_while_it_was_being_closed_has_paid(waiting, script):
    script.expire = [payment(Outcome.SUCCEEDED)]
    script.fetch = [payment(Outcome.SUCCEEDED)]

    answer = cancel(waiting, By())

    assert answer.result is Result.KO
    assert (totals(waiting), waiting.state) == ((1299, 1299), "PAYMENT_EXECUTED")


def test_expiry_ends_a_payment_that_waits(waiting, script):
    script.expire = [payment(Outcome.EXPIRED)]

    expire(waiting, By())

    assert (waiting.refresh_from_db(), waiting.state) == (None, "PAYMENT_EXPIRED")
    assert events(waiting) == ["payment.expired"]


def test_a_paid_payment_can_be_neither_cancelled_nor_expired(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    paid = pay(factories.pay_command(project)).payment

    for end in (cancel, expire):
        with pytest.raises(WrongState):
            end(paid, By())

    assert script.count("cancel") + script.count("expire") == 0
