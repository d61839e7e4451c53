"""Tokens that a payment leaves at Sandpay, and charges of them without the customer."""

import httpx
import pytest

from .process import Sandpay


def _charge(sandpay: Sandpay, token: str, **over: object) -> dict:
    return sandpay.payment(token=token, **over)


def _kept(sandpay: Sandpay, choice: str = "visa") -> str:
    first = sandpay.payment(token=None, save=True)
    assert first["saved_token"]["status"] == "waiting"
    httpx.post(first["checkout_url"], data={"action": "pay", "choice": choice}, trust_env=False)
    kept = sandpay.fetch(first["id"])["saved_token"]
    assert kept["status"] == "active"
    return kept["id"]


@pytest.mark.parametrize(
    ("choice", "status", "code"),
    [
        ("visa", "paid", None),
        ("later_poor", "declined", "insufficient_funds"),
        ("later_stolen", "declined", "stolen_card"),
        ("later_secure", "declined", "authentication_required"),
    ],
)
def test_what_the_customer_chose_decides_about_later_charges(sandpay: Sandpay, choice: str, status: str, code: str):
    later = _charge(sandpay, _kept(sandpay, choice))

    assert (later["status"], later["decline_code"]) == (status, code)


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (1261, "declined", "insufficient_funds"),
        (1266, "declined", "authentication_required"),
        (1267, "processing", None),
    ],
)
def test_a_magic_amount_decides_instead(sandpay: Sandpay, amount: int, status: str, code: str):
    later = _charge(sandpay, _kept(sandpay), amount=amount)

    assert (later["status"], later["decline_code"]) == (status, code)


def test_a_queued_outcome_hits_one_renewal_and_not_the_next(sandpay: Sandpay):
    token = _kept(sandpay)
    sandpay.fault("pay", "decline_insufficient_funds", reference="order-2")

    assert [_charge(sandpay, token, reference=f"order-{n}")["status"] for n in (1, 2, 3)] == [
        "paid",
        "declined",
        "paid",
    ]


def test_a_revoked_token_is_declined_and_stays_revoked(sandpay: Sandpay):
    token = _kept(sandpay)

    assert [sandpay.post(f"/v1/tokens/{token}/revoke").json()["status"] for _ in range(2)] == ["revoked", "revoked"]
    assert _charge(sandpay, token)["decline_code"] == "token_revoked"
    assert sandpay.api.get(f"/v1/tokens/{token}").json()["status"] == "revoked"


def test_a_token_that_was_never_good_cannot_be_charged(sandpay: Sandpay):
    waiting = sandpay.payment(token=None, save=True)["saved_token"]["id"]

    for token in (waiting, "tok_kept_nobody"):
        answer = sandpay.pay(token=token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_token")


def test_a_first_payment_of_nothing_leaves_a_token_and_moves_nothing(sandpay: Sandpay):
    first = sandpay.payment(amount=0, save=True)

    assert (first["status"], first["saved_token"]["status"]) == ("paid", "active")
    assert sandpay.ledger(first["reference"]) == []
    assert _charge(sandpay, first["saved_token"]["id"])["status"] == "paid"
    assert sandpay.pay(amount=0).json()["error"]["code"] == "invalid_amount"
