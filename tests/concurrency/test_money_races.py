"""S11, S10, S14: captures, cancels and refunds at the same moment; each race has a control without its guard."""

from typing import Any

import pytest
from django.db import connection

from paymenthub.kernel.errors import HubError
from paymenthub.kernel.money import Money
from payments.models import Attempt, CaptureMode, Payment, Refund, Source
from payments.services.cancel import cancel
from payments.services.capture import CaptureCommand, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import OverRefund, RefundCommand, refund
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.scripted import payment

from . import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


def yes(call: Any, request: Any) -> Verdict:
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


def paid(project: Any, script: Any, amount: int = 1000) -> Payment:
    id = f"psp-{factories.ids.new_uuid().hex}"
    script.pay = [payment(Outcome.SUCCEEDED, id=id, amount=amount)]
    return pay(factories.pay_command(project, money=Money(amount, "EUR"))).payment


def held(project: Any, script: Any) -> Payment:
    id = f"psp-{factories.ids.new_uuid().hex}"
    script.pay = [payment(Outcome.AUTHORIZED, id=id)]
    return pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment


def one_refund(row: Payment, amount: int) -> Any:
    def go() -> Any:
        # A precondition of the caller's own makes equal refunds different requests; its check comes after the lock.
        command = RefundCommand(
            Payment.objects.get(pk=row.pk), Money(amount, "EUR"), batch_id=factories.ids.random_token()
        )
        return refund(command, By())

    return go


def ledger_is_right(row: Payment) -> None:
    row.refresh_from_db()
    given = sum(refund.amount for refund in Refund.objects.filter(payment=row, state="succeeded"))
    assert row.refunded_by_us == given <= row.captured
    assert row.refund_reserved == 0
    moved = -sum(m.amount for m in row.movements.filter(kind="refunded"))
    assert moved == given


def test_s11_a_hundred_threads_refund_one_payment_and_the_sum_is_never_over(project, account, script, settings):
    settings.PSP_MAX_IN_FLIGHT = 200
    row = paid(project, script, amount=1000)
    script.refund = [yes]

    results = race.together(*[one_refund(row, 70) for _ in range(100)])

    refused = race.errors_in(results)
    assert {type(error) for error in refused} == {OverRefund}
    assert (len(results) - len(refused), script.count("refund")) == (14, 14)
    row.refresh_from_db()
    assert (row.refunded_by_us, row.refundable) == (980, 20)
    ledger_is_right(row)


def race_of_two_refunds(project: Any, script: Any) -> None:
    row = paid(project, script, amount=1000)
    script.refund = [yes]
    results = race.together(one_refund(row, 800), one_refund(row, 800))
    assert len(race.errors_in(results)) == 1
    assert isinstance(race.errors_in(results)[0], OverRefund)
    ledger_is_right(row)


def test_s11_two_refunds_race_and_one_is_refused(project, account, script):
    for _ in range(ROUNDS):
        race_of_two_refunds(project, script)


def test_s11_control_without_the_lock_two_refunds_both_get_through_to_the_constraint(
    project, account, script, monkeypatch
):
    failed = 0
    for _ in range(ROUNDS):
        with monkeypatch.context() as patch:
            race.lock_taken_away(patch, readers=2, after=1)
            try:
                race_of_two_refunds(project, script)
            except AssertionError:
                failed += 1
    assert failed == ROUNDS


def test_s11_control_without_lock_and_constraint_more_is_sent_to_the_psp_than_was_captured(
    project, account, script, monkeypatch
):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_payment DROP CONSTRAINT payment_refunds_within_captured")
        cursor.execute("ALTER TABLE payments_transition DROP CONSTRAINT transition_number")
    over = 0
    try:
        for _ in range(ROUNDS):
            row = paid(project, script, amount=1000)
            script.refund, before = [yes], script.count("refund")
            with monkeypatch.context() as patch:
                race.lock_taken_away(patch, readers=2)
                race.together(one_refund(row, 800), one_refund(row, 800))
            over += (script.count("refund") - before) * 800 > 1000
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_outboxevent")
            cursor.execute("TRUNCATE payments_payment CASCADE")
            cursor.execute(
                "ALTER TABLE payments_payment ADD CONSTRAINT payment_refunds_within_captured"
                " CHECK (captured >= refunded_by_us + refund_reserved)"
            )
            cursor.execute(
                "ALTER TABLE payments_transition ADD CONSTRAINT transition_number UNIQUE (payment_id, number)"
            )
    assert over == ROUNDS


def race_of_capture_and_cancel(project: Any, script: Any) -> None:
    row = held(project, script)
    script.capture = [lambda call, request: scripted.capture(Outcome.SUCCEEDED, 1299, id=call.idempotency_key)]
    script.cancel = [payment(Outcome.CANCELLED, id="")]
    before = len(script.asked)
    results = race.together(
        lambda: capture(CaptureCommand(Payment.objects.get(pk=row.pk)), By()),
        lambda: cancel(Payment.objects.get(pk=row.pk), By()),
    )
    errors = race.errors_in(results)
    assert len(errors) == 1
    assert isinstance(errors[0], HubError)
    assert len(script.asked) - before == 1
    row.refresh_from_db()
    assert (row.authorized, row.captured) in {(1299, 1299), (0, 0)}


def test_s10_capture_races_cancel_and_only_one_is_sent(project, account, script):
    for _ in range(ROUNDS):
        race_of_capture_and_cancel(project, script)


def test_s10_control_without_lock_check_and_constraint_both_are_sent(project, account, script, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX attempt_one_undecided_per_payment")
        cursor.execute("ALTER TABLE payments_transition DROP CONSTRAINT transition_number")
    failed = 0
    try:
        for _ in range(ROUNDS):
            with monkeypatch.context() as patch:
                race.lock_taken_away(patch, readers=2, after=1)
                for service in ("capture", "cancel"):
                    patch.setattr(f"payments.services.{service}.refuse_while_undecided", lambda _: None)
                try:
                    race_of_capture_and_cancel(project, script)
                except AssertionError:
                    failed += 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE payments_payment CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX attempt_one_undecided_per_payment ON payments_attempt (payment_id)"
                " WHERE kind IN ('pay', 'authorize', 'capture', 'cancel')"
                " AND state IN ('READY', 'OPEN', 'PENDING', 'UNKNOWN')"
            )
            cursor.execute(
                "ALTER TABLE payments_transition ADD CONSTRAINT transition_number UNIQUE (payment_id, number)"
            )
    assert failed == ROUNDS


def race_of_refund_import_and_chargeback(project: Any, script: Any, number: int) -> Payment:
    row = paid(project, script, amount=1000)
    script.refund = [yes]
    elsewhere = scripted.refund(Outcome.SUCCEEDED, 600, id=f"ref-elsewhere-{number}")
    chargeback = Verdict(
        Subject.CHARGEBACK, Outcome.SUCCEEDED, Money(1000, "EUR"), references=(Reference("chargeback", f"cb-{number}"),)
    )
    told = Told(Source.WEBHOOK, "evt")
    results = race.together(
        one_refund(row, 700),
        lambda: external.record(payment_id=row.id, verdict=elsewhere, told=told),
        lambda: external.record(payment_id=row.id, verdict=elsewhere, told=told),
        lambda: external.record(payment_id=row.id, verdict=chargeback, told=told),
    )
    assert all(isinstance(error, HubError) for error in race.errors_in(results)), results
    row.refresh_from_db()
    assert (row.refunded_elsewhere, row.charged_back, row.refund_reserved) == (600, 1000, 0)
    assert row.refunded_by_us in {0, 700}
    assert row.refunded_by_us == -sum(m.amount for m in row.movements.filter(kind="refunded"))
    assert row.refundable == 0
    return row


def test_s15_s16_refund_imported_refund_and_chargeback_race_and_every_fact_is_counted_once(project, account, script):
    for number in range(ROUNDS):
        race_of_refund_import_and_chargeback(project, script, number)


def test_s15_control_without_the_lock_facts_are_lost(project, account, script, monkeypatch):
    failed = 0
    for number in range(ROUNDS):
        with monkeypatch.context() as patch:
            race.lock_taken_away(patch, readers=4, after=1)
            try:
                race_of_refund_import_and_chargeback(project, script, 1000 + number)
            except AssertionError:
                failed += 1
    assert failed == ROUNDS


def race_of_webhook_and_refund_answer(project: Any, script: Any) -> None:
    row = paid(project, script, amount=1000)
    attempts: list[Attempt] = []

    def answer(call: Any, request: Any) -> Verdict:
        attempts.append(Attempt.objects.get(idempotency_key=call.idempotency_key))
        return scripted.refund(Outcome.PENDING, 400, id=f"ref-{call.idempotency_key}")

    script.refund = [answer]
    one_refund(row, 400)()
    attempt = attempts[0]
    verdict = scripted.refund(Outcome.SUCCEEDED, 400, id=f"ref-{attempt.idempotency_key}")
    told = Told(Source.WEBHOOK, "evt")
    results = race.together(
        *[lambda: apply(payment_id=row.id, attempt_id=attempt.id, news=verdict, told=told) for _ in range(4)]
    )
    assert race.errors_in(results) == []
    assert sum(result.changed for result in results) == 1
    ledger_is_right(row)
    assert row.events.filter(type="refund.succeeded").count() == 1


def test_s14_the_webhook_and_the_answer_of_a_refund_race_and_it_is_counted_once(project, account, script):
    for _ in range(ROUNDS):
        race_of_webhook_and_refund_answer(project, script)


def test_s14_control_without_the_lock_it_is_not(project, account, script, monkeypatch):
    failed = 0
    for _ in range(ROUNDS):
        with monkeypatch.context() as patch:
            # The pay's and the refund's own transactions run with the lock.
            race.lock_taken_away(patch, readers=4, after=3)
            race.all_judge_at_once(patch, readers=4, after=2)
            try:
                race_of_webhook_and_refund_answer(project, script)
            except AssertionError:
                failed += 1
    assert failed == ROUNDS
