"""Whatever is asked, lost, told twice or told late: the amounts of a payment are right (architecture 5)."""

import contextlib
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.attempts.others import NotYetMatched, route
from payments.domain.attempt import EXCLUSIVE, UNDECIDED
from payments.models import Attempt, CaptureMode, OutboxEvent, Payment, Refund, Source
from payments.selectors import ledger
from payments.selectors.attempts import match
from payments.services.cancel import cancel
from payments.services.capture import CaptureCommand, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.verdicts.apply import Told, apply
from providers.types import Subject, Verdict
from tests import factories

from .psp import CURRENCY, Psp

MOODS = st.sampled_from(["yes", "yes", "yes", "silent", "lost", "down", "no"])
AMOUNTS = st.integers(min_value=1, max_value=1000)


class Lifecycle(RuleBasedStateMachine):
    """Commands, verdicts, duplicates and reorderings on one payment."""

    project: Any = None
    account: Any = None
    script: Any = None
    told = Bundle("told")

    def __init__(self) -> None:
        super().__init__()
        self.psp = Psp()
        self.payment: Payment | None = None
        self.hours = 0
        script = type(self).script
        script.capture = [self.psp.answer(self.psp.capture)]
        script.cancel = script.expire = [self.psp.answer(self.psp.cancel)]
        script.refund = [self.psp.answer(self.psp.refund)]
        script.fetch = [self.psp.fetch]

    def do(self, mood: str, work: Any) -> None:
        self.psp.mood = mood
        try:
            with clock.advanced(self.hours * 3600):
                work()
        except HubError:
            pass  # refused: that nothing moved, the invariants say
        finally:
            self.psp.mood = "yes"

    @precondition(lambda self: self.payment is None)
    @rule(mood=MOODS, manual=st.booleans(), amount=AMOUNTS)
    def pay(self, mood: str, manual: bool, amount: int) -> None:
        type(self).script.pay = [self.psp.answer(lambda call, request: self.psp.pay(call, request, manual=manual))]
        mode = CaptureMode.MANUAL if manual else CaptureMode.AUTOMATIC
        command = factories.pay_command(type(self).project, money=Money(amount, CURRENCY), capture_mode=mode)
        self.do(mood, lambda: pay(command))
        self.payment = Payment.objects.get(shop_transaction_id=command.shop_transaction_id)

    @precondition(lambda self: self.payment is not None)
    @rule(mood=MOODS, amount=st.none() | AMOUNTS, final=st.booleans())
    def capture(self, mood: str, amount: int | None, final: bool) -> None:
        self.do(mood, lambda: capture(CaptureCommand(self.row(), amount, final=final), By()))

    @precondition(lambda self: self.payment is not None)
    @rule(mood=MOODS)
    def cancel(self, mood: str) -> None:
        self.do(mood, lambda: cancel(self.row(), By()))

    @precondition(lambda self: self.payment is not None)
    @rule(mood=MOODS, amount=AMOUNTS)
    def refund(self, mood: str, amount: int) -> None:
        batch = ids.random_token()
        self.do(mood, lambda: refund(RefundCommand(self.row(), Money(amount, CURRENCY), batch_id=batch), By()))

    @precondition(lambda self: self.psp.news)
    @rule(data=st.data())
    def notify(self, data: Any) -> None:
        """Any news, again and in any order."""
        verdict: Verdict = data.draw(st.sampled_from(self.psp.news))
        attempt = match(type(self).account, verdict)
        if attempt is None:
            return
        told = Told(Source.WEBHOOK, "evt")
        if verdict.subject is Subject.PAYMENT:
            if attempt.kind in ("pay", "authorize"):
                apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)
            return
        with contextlib.suppress(NotYetMatched):
            route(type(self).account, attempt, verdict, told)

    @precondition(lambda self: self.payment is not None)
    @rule(mood=st.sampled_from(["yes", "down"]))
    def reconcile(self, mood: str) -> None:
        self.hours += 1
        self.do(mood, self.ask_about_everything)

    def ask_about_everything(self) -> None:
        for pk in Attempt.objects.filter(payment=self.payment, state__in=UNDECIDED).values_list("pk", flat=True):
            reconcile.check(pk, source=Source.SYSTEM)

    def row(self) -> Payment:
        assert self.payment is not None
        return Payment.objects.select_related("provider_account").get(pk=self.payment.pk)

    @invariant()
    def totals_are_the_sums_of_the_movements(self) -> None:
        if self.payment is None:
            return
        row, sums = self.row(), {}
        for kind, amount in row.movements.values_list("kind", "amount"):
            sums[kind] = sums.get(kind, 0) + amount
        assert row.authorized == sums.get("authorized", 0) + sums.get("released", 0)
        assert row.captured == sums.get("captured", 0)
        given = -(sums.get("refunded", 0) + sums.get("refunded_elsewhere", 0) + sums.get("refund_reversed", 0))
        assert row.refunded_by_us + row.refunded_elsewhere == given

    @invariant()
    def bounds_hold(self) -> None:
        if self.payment is None:
            return
        row = self.row()
        assert 0 <= row.captured <= row.authorized <= row.amount
        assert 0 <= row.refunded_by_us + row.refund_reserved <= row.captured
        reserved = sum(refund.amount for refund in Refund.objects.filter(payment=row, state="open"))
        assert row.refund_reserved == reserved

    @invariant()
    def the_hub_never_says_more_than_the_psp_did(self) -> None:
        if self.payment is None:
            return
        row = self.row()
        assert row.captured <= self.psp.captured
        assert row.refunded_by_us + row.refunded_elsewhere <= self.psp.refunded
        assert self.psp.charges <= 1
        assert self.psp.refunded <= self.psp.captured <= self.psp.amount

    @invariant()
    def one_operation_at_a_time_and_events_without_holes(self) -> None:
        if self.payment is None:
            return
        undecided = Attempt.objects.filter(payment=self.payment, kind__in=EXCLUSIVE, state__in=UNDECIDED)
        assert undecided.count() <= 1
        sequences = list(
            OutboxEvent.objects.filter(payment=self.payment).order_by("sequence").values_list("sequence", flat=True)
        )
        assert sequences == list(range(1, len(sequences) + 1))

    @invariant()
    def the_ledger_proof_finds_nothing(self) -> None:
        if self.payment is not None:
            assert ledger.find([self.payment.pk]) == []

    def teardown(self) -> None:
        """When the PSP answers again, hub and PSP agree to the cent."""
        if self.payment is None:
            return
        for _ in range(3):
            self.hours += 1
            self.do("yes", self.ask_about_everything)
        row = self.row()
        assert not Attempt.objects.filter(payment=row, state__in=UNDECIDED).exists()
        ours = (row.captured, row.capturable, row.refunded_by_us + row.refunded_elsewhere, row.refund_reserved)
        assert ours == (self.psp.captured, self.psp.held - self.psp.captured, self.psp.refunded, 0)


@pytest.mark.django_db(transaction=True)
def test_no_invariant_ever_breaks(project, account, script):
    class Here(Lifecycle):
        pass

    Here.project, Here.account, Here.script = project, account, script
    full = os.environ.get("SUITE") == "full"
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=300 if full else 30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
