"""The sentence that says why a payment stands where it stands."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from paymenthub.kernel import clock
from payments.models import Attempt, OperatorItem, Payment, ProviderAccount
from payments.selectors.explain import Explanation, Tone, amount, explain, moment
from tests.backoffice import rows


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(rows.at(0)):
        yield


def _say(payment: Payment, *items: OperatorItem) -> Explanation:
    return explain(payment, list(Attempt.objects.filter(payment=payment).order_by("id")), items)


def _with(account: ProviderAccount, state: str, *, payment: dict[str, Any] | None = None, **attempt: Any) -> Payment:
    made = rows.make_payment(account, **payment or {})
    rows.make_attempt(made, state, **attempt)
    return made


def test_nothing_was_asked_yet(account: ProviderAccount) -> None:
    said = _say(rows.make_payment(account))
    assert said == Explanation(Tone.WAITING, "Created. Nothing was asked of a provider yet.")


def test_waiting_for_the_customer(account: ProviderAccount) -> None:
    payment = _with(
        account,
        "PENDING",
        payment={"expires_at": rows.at(1800)},
        redirect_url="http://127.0.0.1/pay",
        next_check_at=rows.at(60),
    )
    assert _say(payment) == Explanation(
        Tone.WAITING,
        "Waiting for the customer on Sandbox's page until 12:30:00 UTC. Sandbox is asked again at 12:01:00 UTC.",
    )


def test_the_provider_has_not_decided(account: ProviderAccount) -> None:
    said = _say(_with(account, "PENDING", next_check_at=rows.at(-1), checks=3))
    assert said.text == (
        "Sandbox has taken the payment and not decided yet. Sandbox is due to be asked again now (asked 3 times so far)."
    )


def test_an_unknown_outcome_is_never_called_failed(account: ProviderAccount) -> None:
    said = _say(_with(account, "UNKNOWN", next_check_at=rows.at(5)))
    assert said == Explanation(
        Tone.DOUBT,
        "The payment was sent to Sandbox, but the provider has not answered: nobody knows yet whether money moved. Sandbox "
        "is asked again at 12:00:05 UTC. Until the outcome is known nothing is sent under another key, and nobody should "
        "pay again.",
    )
    assert "fail" not in said.text.lower()


def test_an_unknown_outcome_stands_above_an_ended_claim(account: ProviderAccount) -> None:
    payment = _with(account, "UNKNOWN", payment={"claimed_shop_transaction_id": None})
    assert _say(payment).tone is Tone.DOUBT
    assert "an operator has to look" in _say(payment).text


def test_another_amount_waits_for_a_person(account: ProviderAccount) -> None:
    payment = _with(account, "UNKNOWN")
    item = OperatorItem(
        project=account.project, payment=payment, kind="amount_mismatch", about=payment.attempts.get().public_id
    )
    assert _say(payment, item).text.startswith("Sandbox names another amount or currency for the payment")
    item.resolved_at = rows.at(0)
    assert _say(payment, item).text.startswith("The payment was sent to Sandbox")


@pytest.mark.parametrize(
    ("state", "lease", "begins"),
    [
        ("READY", None, "The payment is written down and not sent yet."),
        ("OPEN", 10, "The payment is being sent to Sandbox right now."),
        ("OPEN", -10, "The process that sent the payment stopped before it wrote down an answer"),
    ],
)
def test_what_a_lease_says(account: ProviderAccount, state: str, lease: int | None, begins: str) -> None:
    until = None if lease is None else rows.at(lease)
    assert _say(_with(account, state, lease_until=until)).text.startswith(begins)


def test_nothing_was_sent(account: ProviderAccount) -> None:
    said = _say(_with(account, "NOT_SENT"))
    assert said == Explanation(
        Tone.WAITING,
        "Nothing was sent: Sandbox could not be reached. Nothing was taken, so the order system may send the same request "
        "again.",
    )


@pytest.mark.parametrize(
    ("claimed", "may_retry", "tone", "ends"),
    [
        (None, True, Tone.BAD, "The customer may try again, with a new payment."),
        (None, False, Tone.BAD, "The customer needs another means of payment, with a new payment."),
        ("order", True, Tone.WAITING, "The customer may try another means."),
    ],
)
def test_declined(account: ProviderAccount, claimed: str | None, may_retry: bool, tone: Tone, ends: str) -> None:
    payment = _with(
        account,
        "DECLINED",
        payment={"claimed_shop_transaction_id": claimed},
        decline_reason="insufficient_funds",
        decline_code="51",
        decline_message="No money",
        may_retry=may_retry,
    )
    assert _say(payment) == Explanation(
        tone,
        f"Declined by Sandbox: insufficient funds (code 51), in its words «No money». Nothing was taken. {ends}",
    )


def test_refused_as_wrong(account: ProviderAccount) -> None:
    payment = _with(
        account,
        "REJECTED",
        payment={"claimed_shop_transaction_id": None},
        decline_code="bad",
        decline_message="No name",
    )
    assert _say(payment) == Explanation(
        Tone.BAD,
        "Sandbox refused the request as wrong (code bad): No name. Nothing was taken. A developer has to look.",
    )


def test_a_finally_failed_one_that_never_arrived(account: ProviderAccount) -> None:
    payment = _with(account, "NOT_SENT", payment={"claimed_shop_transaction_id": None})
    assert _say(payment).text.startswith("The request never reached Sandbox. Nothing was taken")


def test_held_and_not_taken(account: ProviderAccount) -> None:
    payment = _with(
        account,
        "SUCCEEDED",
        payment={"authorized": 12990, "authorization_expires_at": rows.at(86400)},
        kind="authorize",
    )
    assert _say(payment) == Explanation(
        Tone.WAITING,
        "129.90 EUR is held, not taken yet. The order system captures or cancels it before 2026-03-02 12:00:00 UTC.",
    )


_PAID = {"authorized": 12990, "captured": 12990}


@pytest.mark.parametrize(
    ("over", "tone", "text"),
    [
        ({}, Tone.GOOD, "Paid: 129.90 EUR was taken. Nothing is left to do."),
        ({"refunded_by_us": 990}, Tone.GOOD, "Paid: 129.90 EUR was taken. 9.90 EUR was given back."),
        ({"refunded_by_us": 12990}, Tone.GOOD, "Paid: 129.90 EUR was taken. All of it was given back."),
        (
            {"refunded_by_us": 990, "refunded_elsewhere": 1000},
            Tone.GOOD,
            "Paid: 129.90 EUR was taken. 19.90 EUR was given back, 10.00 EUR of that outside of this hub.",
        ),
        (
            {"charged_back": 12990},
            Tone.BAD,
            "Paid: 129.90 EUR was taken. 129.90 EUR was charged back by the customer's bank.",
        ),
        ({"captured": 5000}, Tone.GOOD, "Paid in part: 50.00 EUR was taken. Nothing is left to do."),
        (
            {"claimed_shop_transaction_id": None},
            Tone.DOUBT,
            "Paid: 129.90 EUR was taken. The money came after the payment had ended: somebody ships the order or refunds it.",
        ),
    ],
)
def test_paid(account: ProviderAccount, over: dict[str, Any], tone: Tone, text: str) -> None:
    assert _say(_with(account, "SUCCEEDED", payment=_PAID | over)) == Explanation(tone, text)


def test_a_refund_that_runs_is_told_beside_the_money_that_was_taken(account: ProviderAccount) -> None:
    payment = _with(account, "SUCCEEDED", payment=_PAID)
    rows.make_attempt(payment, "UNKNOWN", kind="refund", amount=500, next_check_at=rows.at(9))
    assert _say(payment).text.startswith("Paid: 129.90 EUR was taken. The refund was sent to Sandbox, but")


def test_amounts_and_moments_for_people() -> None:
    assert amount(-1500, "EUR") == "−15.00 EUR"
    assert amount(0, "JPY") == "0 JPY"
    assert moment(rows.at(0)) == "12:00:00 UTC"
    assert moment(rows.at(0) - dt.timedelta(days=1)) == "2026-02-28 12:00:00 UTC"
    assert moment(None) == ""


def test_it_is_not_said_that_nothing_is_left_to_do_while_a_person_has_to_look(account: ProviderAccount) -> None:
    payment = rows.make_payment(account, **_PAID)
    item = OperatorItem(kind="external_refund", about="re_1")
    assert _say(payment, item).text == "Paid: 129.90 EUR was taken."
