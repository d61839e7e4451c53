"""S4, S43, S61: choices, expiry and tokens at the same moment; each race has a control without its guard."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import OperationInProgress
from payments.domain.attempt import PAYING
from payments.models import CheckoutToken, Payment, Source
from payments.services import checkout_tokens
from payments.services.checkout_tokens import TokenUsed, exchange, issue
from payments.services.choose_method import CheckoutOver, StillChecking, choose
from payments.services.expire_due import expire_payment
from payments.services.open_payment import open_payment
from payments.services.results import Result
from payments.verdicts.apply import Told, apply
from providers.types import Action, Outcome, Subject, Verdict
from tests import factories
from tests.scripted import payment as said

from . import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture
def account(project: Any, script: Any) -> Any:
    return factories.make_account(project, methods=["credit-cards", "wallet"])


def session(call: Any, request: Any) -> Verdict:
    """A page of the provider's own for each key: two keys are two sessions."""
    key = call.idempotency_key
    return said(Outcome.ACTION_REQUIRED, id=key, action=Action(redirect_url=f"https://psp.test/{key}"))


def opened(project: Any, **over: Any) -> Payment:
    return open_payment(factories.open_command(project, **over))


def click(row: Payment, method: str = "credit-cards") -> Any:
    return lambda: choose(row.id, provider="scripted", method=method)


def open_sessions(row: Payment) -> int:
    return row.attempts.filter(kind__in=PAYING, state="PENDING").count()


def test_s4_a_double_click_opens_one_session(project, account, script):
    script.pay = [session]
    for _ in range(ROUNDS):
        before = script.count("pay")
        row = opened(project)

        results = race.together(*[click(row)] * 4)

        assert race.errors_in(results) == []
        assert ({r.result for r in results}, len({r.redirect_url for r in results})) == ({Result.REDIRECT_TO_URL}, 1)
        assert (script.count("pay") - before, open_sessions(row), row.attempts.count()) == (1, 1, 1)


def test_s4_two_tabs_with_different_choices_leave_one_session_open(project, account, script):
    script.pay, script.fetch = [session], [said(Outcome.ACTION_REQUIRED, id="")]
    script.expire = [Verdict(Subject.PAYMENT, Outcome.EXPIRED)]
    for _ in range(ROUNDS):
        row = opened(project)

        results = race.together(click(row), click(row, "wallet"))

        assert {type(error) for error in race.errors_in(results)} <= {StillChecking, OperationInProgress}
        assert open_sessions(row) == 1
        # Whatever was opened first was closed before the other one began.
        kinds = list(row.attempts.order_by("id").values_list("kind", flat=True))
        assert kinds in (["pay"], ["pay", "switch", "pay"])


@contextmanager
def unguarded() -> Iterator[None]:
    """Take away what the database enforces, and put it back on an empty table."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX attempt_one_undecided_per_payment")
        cursor.execute("ALTER TABLE payments_transition DROP CONSTRAINT transition_number")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_outboxevent")
            cursor.execute("TRUNCATE payments_payment CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX attempt_one_undecided_per_payment ON payments_attempt (payment_id)"
                " WHERE kind IN ('pay', 'authorize', 'capture', 'cancel')"
                " AND state IN ('READY', 'OPEN', 'PENDING', 'UNKNOWN')"
            )
            cursor.execute(
                "ALTER TABLE payments_transition ADD CONSTRAINT transition_number UNIQUE (payment_id, number)"
            )


def race_of_two_choices(project: Any, script: Any) -> Payment:
    script.pay = [session]
    row = opened(project)
    race.together(click(row), click(row, "wallet"))
    return row


def test_s4_control_without_lock_and_constraint_two_sessions_are_open(project, account, script, monkeypatch):
    with unguarded():
        with monkeypatch.context() as patch:
            race.lock_taken_away(patch, readers=2)
            row = race_of_two_choices(project, script)
        found = (open_sessions(row), script.count("pay"))
    assert found == (2, 2)


def test_s43_a_choice_at_the_moment_of_expiry_is_one_of_the_two(project, account, script):
    script.pay, script.fetch = [session], [said(Outcome.ACTION_REQUIRED, id="")]
    script.expire = [Verdict(Subject.PAYMENT, Outcome.EXPIRED)]
    for _ in range(ROUNDS):
        row = opened(project, expires_at=clock.now() + dt.timedelta(seconds=60))
        # Its time is over for the clock that expires, and a second younger for the customer: both may go ahead.
        Payment.objects.filter(pk=row.pk).update(expires_at=clock.now())

        results = race.together(click(row), lambda row=row: expire_payment(row.id))

        now = Payment.objects.get(pk=row.pk)
        assert {type(error) for error in race.errors_in(results)} <= {CheckoutOver}
        ended = now.claimed_shop_transaction_id is None
        assert open_sessions(row) == (0 if ended else 1), "an ended payment has no session that could be paid"


def test_s43_paying_at_the_moment_of_another_choice_is_paid_once(project, account, script):
    """The PSP decides which came first: it closes no session that was paid, and takes no money for one that is closed."""
    script.pay = [session]
    seen = set()
    for _ in range(ROUNDS):
        row, at_psp, gate = opened(project), {"state": "open"}, threading.Lock()

        def ends_as(state: str, at_psp=at_psp, gate=gate) -> Outcome:
            with gate:
                if at_psp["state"] == "open":
                    at_psp["state"] = state
                return {"paid": Outcome.SUCCEEDED, "closed": Outcome.EXPIRED}[at_psp["state"]]

        def fetched(call, request, at_psp=at_psp) -> Verdict:
            states = {"open": Outcome.ACTION_REQUIRED, "paid": Outcome.SUCCEEDED, "closed": Outcome.EXPIRED}
            return said(states[at_psp["state"]], id="")

        script.expire = [lambda call, request, ends_as=ends_as: Verdict(Subject.PAYMENT, ends_as("closed"))]
        script.fetch = [fetched]
        first = click(row)().attempt

        def customer_pays(row=row, first=first, ends_as=ends_as) -> None:
            if ends_as("paid") is Outcome.SUCCEEDED:
                told = Told(Source.WEBHOOK, "evt")
                apply(payment_id=row.id, attempt_id=first.id, news=said(Outcome.SUCCEEDED, id=""), told=told)

        race.together(click(row, "wallet"), customer_pays)

        now = Payment.objects.get(pk=row.pk)
        seen.add(at_psp["state"])
        assert (now.captured, open_sessions(row)) == ((1299, 0) if at_psp["state"] == "paid" else (0, 1))
    assert seen <= {"paid", "closed"}


def test_s43_control_without_the_lock_a_session_is_open_at_an_expired_payment(project, account, script, monkeypatch):
    script.pay = [session]
    row = opened(project, expires_at=clock.now() + dt.timedelta(seconds=60))
    Payment.objects.filter(pk=row.pk).update(expires_at=clock.now())
    with unguarded():
        with monkeypatch.context() as patch:
            race.lock_taken_away(patch, readers=2)
            race.together(click(row), lambda: expire_payment(row.id))
        found = (open_sessions(row), row.transitions.filter(event="paymentExpired").count())
    assert found == (1, 1)


def test_s61_one_token_used_at_once_opens_the_checkout_once(project, script):
    for _ in range(ROUNDS):
        row = opened(project)
        token = issue(row)

        results = race.together(*[lambda token=token: exchange(token)] * 4)

        assert sorted(type(result).__name__ for result in results) == ["TokenUsed", "TokenUsed", "TokenUsed", "UUID"]


def test_s61_control_a_token_that_is_read_first_and_written_after_opens_it_twice(project, script):
    token = issue(opened(project))
    meet = race._meeting(2, 0)

    def read_then_write() -> Any:
        row = CheckoutToken.objects.get(token_hash=checkout_tokens.hash_secret(token))
        meet()
        if row.used_at is not None:
            raise TokenUsed("used")
        row.used_at = clock.now()
        row.save()
        return row.payment_id

    assert race.errors_in(race.together(read_then_write, read_then_write)) == []


def test_s4_one_shop_transaction_id_opened_at_once_is_one_payment(project, script):
    for _ in range(ROUNDS):
        command = factories.open_command(project, shop_transaction_id=f"order-{ids.new_uuid().hex}")

        results = race.together(*[lambda command=command: open_payment(command)] * 4)

        assert race.errors_in(results) == []
        assert len({row.id for row in results}) == 1
