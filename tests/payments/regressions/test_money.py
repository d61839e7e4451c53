"""What a review of the money paths proved: each was wrong once."""

import contextlib
import datetime as dt
import json
from dataclasses import replace

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel._exchange import describe
from paymenthub.kernel.errors import ProviderUnavailable
from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.models import Attempt, CaptureMode, OperatorItem, OutboxEvent, Payment, Source
from payments.services.cancel import cancel
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.give_up import put_before_operators
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.services.warn_authorizations import warn_of_expiring_authorizations
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.errors import NO_REFERENCE, OutcomeUnknown, Rejected, Unavailable
from providers.types import Action, Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)
NOT_FOUND = Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)
HOUR = 3600


def give_back(row, amount, by=None, **over):
    return refund(RefundCommand(row, Money(amount, "EUR"), **over), by or By())


def yes(call, request):
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


@pytest.fixture
def paid(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    return pay(factories.pay_command(project)).payment


@pytest.fixture
def held(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    return pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment


def exchange(body=b"{}"):
    return describe(
        method="POST",
        url="https://psp.test/x",
        request_headers={},
        request_body=b"",
        elapsed_ms=1,
        status=200,
        response_headers={"content-type": "application/json"},
        response_body=body,
    )


def test_an_attempt_that_is_being_sent_again_right_now_is_not_declared_never_sent(project, account, script):
    """Poller re-sends; meanwhile a status request (other process) hears NOT_FOUND. Nothing may be failed."""
    script.pay = [OutcomeUnknown("timeout")]
    pay(factories.pay_command(project))
    attempt = Attempt.objects.get()
    seen = {}

    def sending(call, request):
        reconcile.check(attempt.id, source=Source.STATUS)  # another process, while this one is on the wire
        attempt.refresh_from_db()
        seen["state"], seen["claim"] = attempt.state, Payment.objects.get().claimed_shop_transaction_id
        return payment(Outcome.SUCCEEDED)

    script.pay = [sending]
    script.fetch = [NOT_FOUND]
    with clock.advanced(901):
        reconcile.check(attempt.id, source=Source.SYSTEM)

    assert seen["state"] == "UNKNOWN"
    assert seen["claim"] is not None
    assert [e.type for e in OutboxEvent.objects.order_by("sequence")] == ["payment.captured"]


def test_refund_being_sent_again_keeps_its_reserve(paid, script):
    script.refund = [OutcomeUnknown("timeout")]
    give_back(paid, 1299)
    attempt = Attempt.objects.get(kind="refund")
    seen = {}

    def sending(call, request):
        reconcile.check(attempt.id, source=Source.OPERATOR, actor="x")
        paid.refresh_from_db()
        seen["reserved"] = paid.refund_reserved
        return yes(call, request)

    script.refund = [sending]
    script.fetch = [[payment(Outcome.SUCCEEDED)]]
    with clock.advanced(901):
        reconcile.check(attempt.id, source=Source.SYSTEM)
    assert seen["reserved"] == 1299


def test_a_pending_attempt_is_asked_about_less_and_less_often(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    script.fetch = [payment(Outcome.ACTION_REQUIRED)]
    attempt = Attempt.objects.get()
    for _ in range(8):
        reconcile.check(attempt.id, source=Source.SYSTEM)
    attempt.refresh_from_db()
    assert (attempt.next_check_at - clock.now()).total_seconds() > 1800


def _waiting(project, script, **over):
    end = clock.now() + dt.timedelta(seconds=HOUR)
    script.pay = [
        payment(Outcome.ACTION_REQUIRED, action=Action(redirect_url="https://psp.test/1", expires_at=end), **over)
    ]
    return pay(factories.pay_command(project)).payment


def test_held_money_does_not_keep_others_from_expiring(project, account, script):
    end = clock.now() + dt.timedelta(seconds=HOUR)
    script.pay = [payment(Outcome.ACTION_REQUIRED, action=Action(redirect_url="https://psp.test/1", expires_at=end))]
    first = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment
    a = Attempt.objects.get()
    apply(payment_id=first.id, attempt_id=a.id, news=payment(Outcome.AUTHORIZED), told=Told(Source.WEBHOOK, "e"))
    second = _waiting(project, script, id="psp_2")
    script.fetch = [payment(Outcome.ACTION_REQUIRED, id="psp_2")]
    script.expire = [payment(Outcome.EXPIRED, id="psp_2")]
    with clock.advanced(2 * HOUR):
        for _ in range(5):
            for pk in due_for_expiry(limit=1):
                expire_payment(pk)
    second.refresh_from_db()
    assert second.state == "PAYMENT_EXPIRED"


def test_what_is_in_doubt_does_not_keep_others_from_expiring(project, account, script):
    end = clock.now() + dt.timedelta(seconds=HOUR)

    def open_still(call, request):
        known = request.references[0].value
        return payment(
            Outcome.ACTION_REQUIRED, id=known, action=Action(redirect_url="https://psp.test/1", expires_at=end)
        )

    first = _waiting(project, script)
    script.fetch = [open_still]
    script.expire = [OutcomeUnknown("timeout")]
    second = _waiting(project, script, id="psp_2")
    with clock.advanced(2 * HOUR):
        expire_payment(first.id)  # its closing is in doubt now
        script.expire = [payment(Outcome.EXPIRED, id="psp_2")]
        for _ in range(5):
            for pk in due_for_expiry(limit=1):
                expire_payment(pk)
    second.refresh_from_db()
    assert second.state == "PAYMENT_EXPIRED"


def test_a_payment_that_the_psp_processes_is_not_closed_again_and_again(project, account, script):
    """direct debit / PayPal pending: the customer has acted, the session cannot be closed any more."""
    row = _waiting(project, script)
    script.fetch = [payment(Outcome.PENDING)]
    script.expire = [Rejected("wrong_status (409)")]
    with clock.advanced(2 * HOUR):
        for _ in range(5):
            if row.id in due_for_expiry():
                expire_payment(row.id)
    assert Attempt.objects.filter(kind="expire").count() <= 1
    assert OperatorItem.objects.count() <= 1


def test_a_psp_that_is_down_does_not_cost_a_row_each_half_minute(project, account, script):
    row = _waiting(project, script)
    script.fetch = [Unavailable("down")]
    script.expire = [Unavailable("down")]
    for n in range(20):  # ten minutes of expire_due
        with clock.advanced(2 * HOUR + 30 * n):
            if row.id in due_for_expiry():
                expire_payment(row.id)
    assert Attempt.objects.filter(kind="expire").count() <= 6


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.EXPIRED])
def test_held_money_that_the_psp_let_go_ends_the_payment(held, script, outcome):
    a = Attempt.objects.get()
    apply(payment_id=held.id, attempt_id=a.id, news=payment(outcome), told=Told(Source.WEBHOOK, "evt_void"))
    held.refresh_from_db()
    assert (held.capturable, held.claimed_shop_transaction_id) == (0, None) or OperatorItem.objects.exists()


def test_a_capture_made_at_the_psp_is_not_lost(held, script):
    a = Attempt.objects.get()
    apply(
        payment_id=held.id,
        attempt_id=a.id,
        news=payment(Outcome.SUCCEEDED, cumulative=True),
        told=Told(Source.WEBHOOK, "evt_cap"),
    )
    held.refresh_from_db()
    assert held.captured == 1299 or OperatorItem.objects.exists()


def test_the_way_out_of_a_hold_that_is_gone(held, script):
    """Even the merchant's own cancel cannot end it: the PSP refuses to cancel twice."""
    script.cancel = [Rejected("already canceled (400)")]
    script.fetch = [payment(Outcome.CANCELLED)]
    cancel(held, By())
    held.refresh_from_db()
    assert held.claimed_shop_transaction_id is None


def test_holds_that_are_over_do_not_hide_those_about_to_end(project, account, script):
    for n in range(2):
        script.pay = [payment(Outcome.AUTHORIZED, id=f"psp_{n}")]
        pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL))
    old, new = Payment.objects.order_by("created_at")
    Payment.objects.filter(pk=old.pk).update(authorization_expires_at=clock.now() - dt.timedelta(days=30))
    Payment.objects.filter(pk=new.pk).update(authorization_expires_at=clock.now() + dt.timedelta(hours=1))
    for _ in range(3):
        warn_of_expiring_authorizations(limit=1)
    assert OperatorItem.objects.filter(payment=new).exists()


def test_a_reversal_is_told_once(paid, script):
    script.refund = [yes]
    give_back(paid, 1299)
    a = Attempt.objects.get(kind="refund")
    for evt in ("refund.failed", "refund.updated", "charge.refund.updated"):
        v = scripted.refund(Outcome.DECLINED, 1299, id=f"ref-{a.public_id}")
        apply(payment_id=paid.id, attempt_id=a.id, news=v, told=Told(Source.WEBHOOK, evt))
    assert OutboxEvent.objects.filter(type="refund.reversed").count() == 1


def test_a_second_notice_of_an_old_reversal_does_not_change_the_state(paid, script):
    script.refund = [yes]
    give_back(paid, 1299)
    a = Attempt.objects.get(kind="refund")
    v = scripted.refund(Outcome.DECLINED, 1299, id=f"ref-{a.public_id}")
    apply(payment_id=paid.id, attempt_id=a.id, news=v, told=Told(Source.WEBHOOK, "one"))
    with clock.advanced(61):
        give_back(paid, 1299)
    apply(payment_id=paid.id, attempt_id=a.id, news=v, told=Told(Source.WEBHOOK, "two"))
    paid.refresh_from_db()
    assert (paid.refunded_by_us, paid.state) == (1299, "TOTALLY_REFUNDED")


def test_an_external_refund_that_fails_later_comes_off_again(paid):
    told = Told(Source.WEBHOOK, "evt")
    external.record(payment_id=paid.id, verdict=scripted.refund(Outcome.SUCCEEDED, 500, id="re_x"), told=told)
    external.record(payment_id=paid.id, verdict=scripted.refund(Outcome.DECLINED, 500, id="re_x"), told=told)
    paid.refresh_from_db()
    assert paid.refunded_elsewhere == 0 or OperatorItem.objects.count() == 2


def test_the_payment_is_recorded_before_its_refunds(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    row = pay(factories.pay_command(project)).payment
    script.fetch = [[payment(Outcome.SUCCEEDED), scripted.refund(Outcome.SUCCEEDED, 1299, id="re_dash")]]
    reconcile.check(Attempt.objects.get().id, source=Source.SYSTEM)
    row.refresh_from_db()
    assert [e.type for e in OutboxEvent.objects.order_by("sequence")] == ["payment.captured", "refund.succeeded"]
    assert row.state == "TOTALLY_REFUNDED"


def test_an_equal_refund_that_is_still_open_is_found_behind_a_declined_one(paid, script):
    script.refund = [OutcomeUnknown("timeout")]
    give_back(paid, 500)
    script.refund = [scripted.refund(Outcome.DECLINED, 500, id="ref_d")]
    give_back(paid, 500, expected_refundable=799)  # the caller says which one this is; refused
    script.refund = [yes]
    with clock.advanced(120):
        third = give_back(paid, 500)
    assert third.replayed
    assert script.count("refund") == 2


def test_grace_counts_from_the_sending_and_not_from_the_first_try(project, account, script, monkeypatch):
    monkeypatch.setattr("tests.scripted.ScriptedDriver.idempotency_window", None)
    command = factories.pay_command(project)
    script.pay = [Unavailable("refused")]
    with pytest.raises(ProviderUnavailable):
        pay(command)
    with clock.advanced(HOUR):
        script.pay = [OutcomeUnknown("read timeout")]
        pay(command)  # sent now
        script.fetch = [NOT_FOUND]
        reconcile.check(Attempt.objects.get().id, source=Source.SYSTEM)  # a second later
    assert Attempt.objects.get().state == "UNKNOWN"


def test_an_answer_with_half_a_surrogate_pair_can_be_recorded(project, account, script):
    body = json.dumps({"id": "psp_1", "status": "paid", "description": "caf\ud83d"}).encode()

    def answered(call, request):
        call.on_exchange(exchange(body))
        return payment(Outcome.SUCCEEDED)

    script.pay = [answered]
    assert pay(factories.pay_command(project)).payment.captured == 1299


def test_an_answer_with_nul_can_be_recorded(project, account, script):
    def answered(call, request):
        call.on_exchange(exchange(b"\x00\x01 bad gateway"))
        raise OutcomeUnknown("unreadable")

    script.pay = [answered]
    assert pay(factories.pay_command(project)).attempt.state == "UNKNOWN"


def test_a_decline_message_with_nul_can_be_recorded(project, account, script):
    v = payment(Outcome.DECLINED)
    script.pay = [replace(v, decline=replace(v.decline, message="no\x00"))]
    assert pay(factories.pay_command(project)).attempt.state == "DECLINED"


def test_a_held_mismatch_does_not_grow_for_ever(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED, amount=1)]
    pay(factories.pay_command(project))

    def told(call, request):
        call.on_exchange(exchange(b'{"x": "' + b"y" * 4000 + b'"}'))
        return payment(Outcome.SUCCEEDED, amount=1)

    script.fetch = [told]
    a = Attempt.objects.get()
    for _ in range(60):
        reconcile.check(a.id, source=Source.STATUS)
    a.refresh_from_db()
    assert len(a.exchanges) <= 30


def test_what_is_asked_about_one_attempt_is_not_written_to_another(paid, script):
    script.refund = [yes]
    give_back(paid, 100)
    first = Attempt.objects.get(kind="refund")
    script.refund = [OutcomeUnknown("t")]
    give_back(paid, 200)
    second = Attempt.objects.filter(kind="refund").latest("created_at")

    def told(call, request):
        call.on_exchange(exchange())
        return [
            payment(Outcome.SUCCEEDED),
            scripted.refund(Outcome.SUCCEEDED, 100, id=f"ref-{first.public_id}", attempt_reference=first.public_id),
            scripted.refund(Outcome.PENDING, 200, id="r2", attempt_reference=second.public_id),
        ]

    script.fetch = [told]
    reconcile.check(second.id, source=Source.SYSTEM)
    first.refresh_from_db()
    assert first.exchanges == []


def test_in_doubt_for_ever_is_put_before_a_person(project, account, script):
    script.pay = [OutcomeUnknown("timeout")]
    script.fetch = [Unavailable("no id", psp_code=NO_REFERENCE)]
    pay(factories.pay_command(project))
    a = Attempt.objects.get()
    for day in range(2, 10):
        with clock.advanced(day * 86400):
            reconcile.check(a.id, source=Source.SYSTEM)
            put_before_operators()
    a.refresh_from_db()
    assert a.state == "UNKNOWN"
    assert OperatorItem.objects.filter(payment=a.payment).exists()


def test_a_pending_refund_that_the_psp_no_longer_lists_is_put_before_a_person(paid, script):
    script.refund = [scripted.refund(Outcome.PENDING, 500)]
    give_back(paid, 500)
    a = Attempt.objects.get(kind="refund")
    script.fetch = [[payment(Outcome.SUCCEEDED)]]
    for day in range(2, 40, 5):
        with clock.advanced(day * 86400):
            reconcile.check(a.id, source=Source.SYSTEM)
            put_before_operators()
    paid.refresh_from_db()
    assert paid.refund_reserved == 0 or OperatorItem.objects.exists()


def test_a_cache_that_is_away_does_not_break_a_status_request(project, account, script, monkeypatch):
    from payments.services.status import read_status

    script.pay = [OutcomeUnknown("timeout")]
    script.fetch = [NOT_FOUND]
    row = pay(factories.pay_command(project, provider_data={"token": "tok_1"})).payment

    def away(*_, **__):
        raise ConnectionError("redis is away")

    monkeypatch.setattr("payments.attempts.provider_data.cache.get", away)
    assert read_status(row).captured == 0


def test_a_close_that_the_psp_refuses_is_asked_about_at_once(project, account, script):
    """Both real drivers say Rejected (409/400) where the customer has just paid."""
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    row = pay(factories.pay_command(project)).payment
    script.expire = [Rejected("wrong_status (409)")]
    script.fetch = [payment(Outcome.SUCCEEDED)]
    cancel(row, By())
    row.refresh_from_db()
    assert row.captured == 1299
    assert not OperatorItem.objects.exists()


def test_a_status_request_does_not_pass_the_bulkhead(project, account, script, settings):
    from payments.attempts import bulkhead
    from payments.services.status import read_status

    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    script.fetch = [payment(Outcome.ACTION_REQUIRED)]
    row = pay(factories.pay_command(project)).payment
    settings.PSP_MAX_IN_FLIGHT = 1
    with bulkhead.slot(account.id), contextlib.suppress(Exception):
        read_status(row)
    assert script.count("fetch") == 0


# 16 chargeback out of order ----------------------------------------------------------------------
def test_a_won_chargeback_that_is_told_first_does_not_end_charged_back(paid):
    def cb(outcome):
        return Verdict(Subject.CHARGEBACK, outcome, Money(1299, "EUR"), references=(Reference("dispute", "dp_1"),))

    for outcome in (Outcome.REVERSED, Outcome.SUCCEEDED):
        external.record(payment_id=paid.id, verdict=cb(outcome), told=Told(Source.WEBHOOK, "e"))
    paid.refresh_from_db()
    assert (paid.charged_back, paid.state) == (0, "PAYMENT_EXECUTED")
