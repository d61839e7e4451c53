"""An outside Flow Manager commands refunds, each of them named, and hears the outcome of each."""

import pytest

from paymenthub.kernel.money import Money
from payments.models import Refund
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from providers.types import Outcome
from tests import scripted
from tests.factories import pay_command
from tests.payments.api.conftest import error_of

from .conftest import SAGA, paid, tell_all, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_refunds_by_name_are_one_each(flow_manager, script):
    payment = paid(script, flow_manager)
    flow_manager.refund(500, refundId="return-1")
    flow_manager.refund(500, refundId="return-1")
    work()
    flow_manager.refund(500, refundId="return-1")
    flow_manager.refund(500, refundId="return-2")
    work()

    payment.refresh_from_db()
    assert (payment.refunded_by_us, script.count("refund")) == (1000, 2)
    details = {"totalRefundedAmount": 1000, "refundedAmounts": [500, 500], "refundsDecided": 2, "refundId": "return-2"}
    assert flow_manager.events[-1] == (
        SAGA,
        "partialRefundExecuted",
        {"paymentId": "psp_1", "refundDetails": details, "refundRequestData": {"refundId": None}},
    )
    assert flow_manager.labels == ["paymentExecuted", "partialRefundExecuted", "partialRefundExecuted"]


def test_one_name_with_two_amounts_is_refused(flow_manager, script):
    paid(script, flow_manager)
    flow_manager.refund(500, refundId="return-1")

    assert error_of(flow_manager.refund(499, refundId="return-1")) == (
        409,
        "ambiguous_refund",
        "refundRequestData.refundId",
    )
    work()
    assert script.count("refund") == 1


def test_without_a_name_the_history_tells_a_repeated_command_from_a_further_refund(flow_manager, script):
    payment = paid(script, flow_manager)
    flow_manager.refund(500)
    flow_manager.refund(500)
    work()
    after_first = flow_manager.events[-1][2]["refundDetails"]
    flow_manager.refund(500)  # the first one, sent once more much later
    flow_manager.refund(500, history=after_first)
    flow_manager.refund(500, history=after_first)
    work()

    payment.refresh_from_db()
    assert (payment.refunded_by_us, script.count("refund")) == (1000, 2)


def test_a_failed_refund_may_be_asked_for_again_without_a_name(flow_manager, script):
    payment = paid(script, flow_manager)
    script.refund = [scripted.refund(Outcome.DECLINED, 500), scripted.refund(Outcome.SUCCEEDED, 500, id="ref_2")]
    flow_manager.refund(500)
    work()
    flow_manager.refund(500, history=flow_manager.events[-1][2]["refundDetails"])
    work()

    payment.refresh_from_db()
    assert payment.refunded_by_us == 500
    assert flow_manager.labels == ["paymentExecuted", "refundFailed", "partialRefundExecuted"]


def test_a_history_that_is_not_ours_is_refused_and_nothing_is_given_back(flow_manager, script):
    paid(script, flow_manager)
    flow_manager.refund(500)
    work()

    answer = flow_manager.refund(300)

    assert error_of(answer)[:2] == (409, "ambiguous_refund")
    assert answer.json()["details"]["refundDetails"]["refundedAmounts"] == [500]
    assert script.count("refund") == 1


def test_a_whole_refund_is_total_and_too_much_is_told_as_failed(flow_manager, script):
    paid(script, flow_manager)
    flow_manager.refund(1300, refundId="too-much")
    work()
    flow_manager.refund(1299, refundId="all")
    work()

    assert flow_manager.labels == ["paymentExecuted", "refundFailed", "totalRefundExecuted"]
    assert flow_manager.events[1][2]["error"].startswith("over_refund: At most 1299")
    assert Refund.objects.count() == 1


def test_a_pending_refund_is_told_as_pending_then_as_done(flow_manager, script):
    paid(script, flow_manager)
    script.refund = [scripted.refund(Outcome.PENDING, 500)]
    flow_manager.refund(500, refundId="slow")
    work()

    assert flow_manager.labels == ["paymentExecuted", "refundPending"]


def test_a_refund_begun_here_is_named_so_that_its_command_gives_back_nothing_more(flow_manager, script):
    payment = paid(script, flow_manager)
    refund(RefundCommand(payment, Money(500, "EUR")), By())
    tell_all()
    assert flow_manager.labels == ["paymentExecuted", "refundRequested", "partialRefundExecuted"]
    wanted = flow_manager.events[1][2]["refundRequestData"]
    assert wanted == {"amount": 500, "refundId": Refund.objects.get().public_id}

    answer = flow_manager.refund(500, refundId=wanted["refundId"])
    work()

    assert answer.json()["repeated"] is True
    assert script.count("refund") == 1


def test_a_payment_made_before_the_flow_manager_came_is_refunded_by_its_payment_id(flow_manager, script, project):
    script.pay, script.refund = [scripted.payment(Outcome.SUCCEEDED)], [scripted.refund(Outcome.SUCCEEDED, 200)]
    pay(pay_command(project))
    metadata = {"paymentId": "psp_1", "refundRequestData": {"amount": 200, "refundId": "r1"}}

    assert flow_manager.command("refund", metadata, label="refundRequested").status_code == 200
    work()

    assert flow_manager.events[0][:2] == (SAGA, "partialRefundExecuted")
    assert error_of(flow_manager.command("refund", metadata, saga="another"))[:2] == (409, "conflict")
    assert error_of(flow_manager.command("refund", metadata | {"paymentId": "psp_9"}, saga="a"))[:2] == (
        404,
        "not_found",
    )
