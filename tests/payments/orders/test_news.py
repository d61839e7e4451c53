"""What the order system says of an order: captured once, given back once, held back by the fraud check."""

import pytest

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.domain.attempt import ItemKind
from payments.models import OperatorItem, OrderIntent, Payment, Source
from payments.selectors.attempts import paying_attempt
from payments.services.authorize_order import OtherAuthorization, authorize_order
from payments.services.checkout_tokens import exchange
from payments.services.choose_method import choose
from payments.services.expire_due import expire_payment
from payments.services.order_checkout import checkout_url, intent_of
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Subject, Verdict
from tests import scripted
from tests.scripted import payment

from .doing import authorized, command, data_of, news, payment_of, settle, told

pytestmark = pytest.mark.django_db(transaction=True)

CLOSED = Verdict(Subject.CANCEL, Outcome.CANCELLED)


@pytest.fixture
def held(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]
    script.cancel = [CLOSED]
    script.expire = [CLOSED]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 1299)]
    return authorized(project)


@pytest.fixture
def waiting(project, account, script):
    """The customer was sent to the provider and has not paid yet."""
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    script.cancel = [CLOSED]
    script.expire = [CLOSED]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 1299)]
    return authorized(project)


def totals(intent):
    row = payment_of(intent)
    return row.authorized, row.captured, row.refunded_by_us


def is_told_to_an_operator(intent) -> bool:
    return OperatorItem.objects.filter(kind=ItemKind.ORDER_NOT_FOLLOWED, payment_id=intent.id).exists()


def test_money_is_captured_once_when_the_order_was_created(held, script):
    assert news(held, "order-created") == "To be captured."
    assert news(held, "order-created") == "It is captured, or about to be."

    assert (totals(held), script.count("capture"), held.work_due_at) == ((1299, 1299, 0), 1, None)


@pytest.mark.parametrize("on", ["confirmed", "completed", "never", "at_once"])
def test_when_money_is_captured_is_a_setting(held, script, settings, on):
    settings.ORDER_CAPTURE_ON = on

    for type in ("order-created", "order-confirmed", "order-completed"):
        news(held, type)
        done = script.count("capture")
        assert done == (on in ("confirmed", "completed") and (type == f"order-{on}" or type == "order-completed"))


def test_an_order_of_another_total_is_not_captured_but_put_before_a_person(held, script):
    assert "1400 EUR" in news(held, "order-created", total=1400)

    assert (script.count("capture"), held.capture_wanted_at) == (0, None)
    assert is_told_to_an_operator(held)


def test_a_capture_that_could_not_be_sent_is_tried_again_and_a_refused_one_goes_to_a_person(held, script):
    script.capture = [Unavailable("down"), scripted.capture(Outcome.DECLINED, 1299)]
    news(held, "order-created")
    assert (totals(held), held.work_due_at is None) == ((1299, 0, 0), False)

    with clock.advanced(10):
        settle(held)

    assert (script.count("capture"), held.work_due_at) == (2, None)
    assert is_told_to_an_operator(held)


def test_an_order_created_before_the_money_is_held_is_captured_once_it_is(waiting, script):
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]
    script.fetch = [payment(Outcome.AUTHORIZED)]
    news(waiting, "order-created")
    assert script.count("capture") == 0

    reconcile.check(payment_of(waiting).attempts.get().id, source=Source.SYSTEM)
    settle(waiting)

    assert totals(waiting) == (1299, 1299, 0)


def test_a_cancelled_order_releases_what_is_held_once(held, script):
    assert news(held, "order-cancelled") == "Cancelled: CUSTOMER_REQUESTED."
    assert news(held, "order-cancelled") == "The order was cancelled before."
    assert news(held, "order-created") == "The order was cancelled before."

    assert (totals(held), script.count("cancel"), script.count("capture")) == ((0, 0, 0), 1, 0)
    assert told(held) == ["payment-requested", "payment-succeeded"]


def test_a_cancelled_order_gets_what_was_captured_back_once(held, script):
    news(held, "order-created")
    news(held, "order-cancelled")
    settle(held)

    assert (totals(held), script.count("refund")) == ((1299, 1299, 1299), 1)
    assert told(held) == ["payment-requested", "payment-succeeded", "refund-requested", "refund-processed"]
    assert data_of(held, "refund-requested")["reason"] == "order_cancelled"


def test_nothing_can_be_authorised_for_a_cancelled_order_and_its_cart_is_free(held, project, script):
    news(held, "order-cancelled")

    with pytest.raises(OtherAuthorization, match="cancelled"):
        authorize_order(command(project, order_id=held.order_id))
    assert authorize_order(command(project, cart_id=held.cart_id)).replayed is False


def test_a_refund_that_is_refused_is_not_repeated_but_put_before_a_person(held, script):
    script.refund = [scripted.refund(Outcome.DECLINED, 1299)]
    news(held, "order-created")

    news(held, "order-cancelled")
    with clock.advanced(8000):
        settle(held)

    assert (script.count("refund"), held.work_due_at) == (1, None)
    assert is_told_to_an_operator(held)
    assert told(held)[-1] == "refund-failed"


def test_an_order_cancelled_while_its_customer_has_not_paid_closes_the_session(waiting, script):
    news(waiting, "order-cancelled")

    assert (script.count("expire"), totals(waiting), waiting.status) == (1, (0, 0, 0), "FAILED")
    assert told(waiting) == ["payment-requested", "payment-failed"]


@pytest.mark.parametrize(
    ("outcome", "back", "left"),
    [(Outcome.AUTHORIZED, "cancel", (0, 0, 0)), (Outcome.SUCCEEDED, "refund", (1299, 1299, 1299))],
)
def test_a_success_after_the_cancellation_goes_back_by_itself_once(waiting, script, outcome, back, left):
    news(waiting, "order-cancelled")
    script.fetch = [payment(outcome)]

    for _ in range(2):
        reconcile.reread(payment_of(waiting).attempts.earliest("created_at").id, source=Source.WEBHOOK, evidence="e")
        settle(waiting)

    assert (script.count(back), totals(waiting)) == (1, left)


def test_an_order_cancelled_while_the_outcome_is_unknown_waits_for_it_and_then_goes_back(project, account, script):
    script.pay = [OutcomeUnknown("timeout")]
    script.cancel = [CLOSED]
    intent = authorized(project)
    news(intent, "order-cancelled")
    assert (script.count("cancel"), intent.status, intent.work_due_at is None) == (0, "REQUESTED", False)

    script.fetch = [payment(Outcome.AUTHORIZED)]
    with clock.advanced(3600):
        reconcile.check(payment_of(intent).attempts.get().id, source=Source.SYSTEM)
        settle(intent)

    assert (script.count("cancel"), totals(intent)) == (1, (0, 0, 0))


def test_an_order_cancelled_before_the_worker_came_is_never_charged(project, account, script):
    intent = authorize_order(command(project)).intent

    news(intent, "order-cancelled", reason="OUT_OF_STOCK")

    assert (script.asked, intent.status, intent.failure_detail) == ([], "FAILED", "OUT_OF_STOCK")
    assert told(intent) == ["payment-requested", "payment-failed"]


def test_the_fraud_gate_holds_the_capture_back_until_the_check_has_passed(held, script, settings):
    settings.ORDER_FRAUD_GATE = True
    news(held, "order-created")
    assert script.count("capture") == 0

    news(held, "fraud-check-passed", paymentId=str(held.id))

    assert totals(held) == (1299, 1299, 0)


def test_a_failed_fraud_check_cancels_and_says_why(held, script, settings):
    settings.ORDER_FRAUD_GATE = True
    news(held, "order-created")

    news(held, "fraud-check-failed", paymentId=str(held.id), reason="BLOCKLISTED")

    assert (totals(held), script.count("cancel"), script.count("capture")) == ((0, 0, 0), 1, 0)
    assert told(held) == ["payment-requested", "payment-succeeded", "payment-failed"]
    assert data_of(held, "payment-failed")["detail"] == "FRAUD_BLOCKLISTED"
    why = payment_of(held).transitions.filter(event="cancelRequested").get().evidence
    assert why == "order:cancelled:FRAUD_BLOCKLISTED"
    assert news(held, "fraud-check-passed") == "The check had failed before."


def test_without_the_gate_a_failed_check_is_only_noted(held, script):
    news(held, "fraud-check-failed", paymentId=str(held.id), reason="VELOCITY")

    assert (totals(held), held.fraud, held.cancelled_at) == ((1299, 0, 0), "failed", None)


class TestTheCheckoutAddress:
    @pytest.fixture
    def open(self, project, account, script):
        script.pay = [payment(Outcome.ACTION_REQUIRED)]
        return authorize_order(command(project, provider_data={}, provider="", method="")).intent

    def test_it_opens_one_payment_whose_customer_chooses_in_the_checkout(self, open, script, client):
        url = checkout_url(open)

        first, second = client.get(url), client.post(url)

        row = Payment.objects.get(pk=open.id)
        assert (first.status_code, second.status_code, script.asked, row.attempts.count()) == (303, 303, [], 0)
        assert (row.in_checkout, row.of_order, row.state, row.checkout_ends_at) == (
            True, True, "PAYMENT_CREATED", open.expires_at,
        )  # fmt: skip
        tokens = [answer["Location"].partition("/payment/t/")[2] for answer in (first, second)]
        assert [exchange(token) for token in tokens] == [open.id, open.id]
        assert checkout_url(intent_of(url.rpartition("/")[2])) != ""

    def test_what_was_chosen_in_the_checkout_pays_the_order(self, open, script, client):
        client.get(checkout_url(open))

        choose(open.id, provider="scripted", method="credit-cards")
        script.fetch = [payment(Outcome.AUTHORIZED)]
        reconcile.check(paying_attempt(open.id).id, source=Source.RETURN)

        intent = OrderIntent.objects.get(pk=open.id)
        assert (intent.status, checkout_url(intent)) == ("SUCCEEDED", "")

    def test_a_failed_try_does_not_fail_the_order_and_time_does(self, open, script, client):
        client.get(checkout_url(open))
        script.pay = [payment(Outcome.DECLINED)]

        choose(open.id, provider="scripted", method="credit-cards")
        open.refresh_from_db()
        assert (open.status, told(open)) == ("REQUESTED", ["payment-requested"])

        with clock.frozen(open.expires_at):
            expire_payment(open.id)
        open.refresh_from_db()
        assert (open.status, told(open)) == ("FAILED", ["payment-requested", "payment-failed"])

    def test_a_cancelled_order_ends_its_open_payment_at_once(self, open, script, client):
        client.get(checkout_url(open))

        news(open, "order-cancelled")
        settle(open)

        assert (Payment.objects.get().state, script.asked) == ("PAYMENT_CANCELLED", [])

    def test_one_that_was_never_used_ends_with_its_time(self, open, settings):
        with clock.advanced(settings.ORDER_CHECKOUT_HOURS * 3600 + 1):
            settle(open)
        assert (open.status, told(open)) == ("FAILED", ["payment-requested", "payment-failed"])

    def test_an_order_that_was_cancelled_meanwhile_cannot_be_started(self, open, script, client):
        url = checkout_url(open)
        news(open, "order-cancelled")

        page = client.get(url)
        clicked = client.post(url, {"way": "scripted/credit-cards"})

        assert (page.status_code, clicked.status_code, script.asked) == (200, 409, [])
        assert "nothing to pay" in page.content.decode()
        assert checkout_url(open) == ""

    def test_a_forged_address_is_none(self, open, script, client):
        url = checkout_url(open)

        assert client.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status_code == 404
        assert Payment.objects.count() == 0
