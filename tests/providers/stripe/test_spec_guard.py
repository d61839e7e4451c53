"""The spec guard lets nothing through that Stripe's description does not allow. If these fail, no other guarded test counts."""

import json

import pytest

from . import spec_guard
from .spec_guard import Violation

pytestmark = pytest.mark.skipif(not spec_guard.is_there(), reason=spec_guard.MISSING)

INTENTS = "/v1/payment_intents"
SESSIONS = "/v1/checkout/sessions"
GOOD = "amount=1099&currency=eur&metadata[hub_attempt]=att_1&confirm=true&payment_method=pm_1"
PAGE = "mode=payment&success_url=x&line_items[0][quantity]=1&line_items[0][price_data]"
PRICE = f"{PAGE}[currency]=eur&line_items[0][price_data]"
WRONG = {
    "missing amount": (INTENTS, "currency=eur"),
    "fraction": (INTENTS, "amount=10.5&currency=eur"),
    "word for a number": (INTENTS, "amount=ten&currency=eur"),
    "word for a truth": (INTENTS, "amount=1&currency=eur&confirm=yes"),
    "bad enum": (INTENTS, "amount=1&currency=eur&capture_method=later"),
    "bad enum in a list": (SESSIONS, "success_url=x&allowed_payment_method_types[0]=shells"),
    "unknown key": (INTENTS, "amount=1&currency=eur&colour=red"),
    "unknown key within": (SESSIONS, f"{PRICE}[product_data][name]=x&line_items[0][price_data][colour]=red"),
    "missing key within": (SESSIONS, f"{PAGE}[unit_amount]=5"),
    "key of a newer version elsewhere": (INTENTS, "amount=1&currency=eur&final_capture=false"),
    "too long": (SESSIONS, f"success_url=x&client_reference_id={'x' * 201}"),
    "twice": (INTENTS, "amount=1&amount=2&currency=eur"),
    "unknown path": ("/v1/payment_intent", GOOD),
    "unknown path within": (f"{INTENTS}/pi_1/captures", "amount_to_capture=5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_fails(name: str):
    path, body = WRONG[name]
    with pytest.raises(Violation):
        spec_guard.check_request("POST", path, "", body.encode())


@pytest.mark.parametrize("query", ["limit=ten", "colour=red"])
def test_a_wrong_query_fails(query: str):
    with pytest.raises(Violation):
        spec_guard.check_request("GET", "/v1/refunds", query, b"")


def test_a_wrong_method_fails():
    with pytest.raises(Violation):
        spec_guard.check_request("DELETE", INTENTS, "", b"")


@pytest.mark.parametrize(
    "change",
    [{"status": "done"}, {"amount": "1099"}, {"currency": None}, {"livemode": 0}, {"last_payment_error": "no"}],
)
def test_a_wrong_answer_fails(change: dict[str, object]):
    good = _fixture("payment_intent")
    spec_guard.check_answer("GET", f"{INTENTS}/pi_1", 200, json.dumps(good).encode())

    with pytest.raises(Violation):
        spec_guard.check_answer("GET", f"{INTENTS}/pi_1", 200, json.dumps({**good, **change}).encode())


def test_an_error_must_look_like_one():
    with pytest.raises(Violation):
        spec_guard.check_answer("GET", f"{INTENTS}/pi_1", 404, b'{"error": {"message": "gone"}}')


def test_what_is_right_passes():
    spec_guard.check_request("POST", INTENTS, "", GOOD.encode())
    spec_guard.check_request("POST", SESSIONS, "", f"{PRICE}[product_data][name]=x".encode())
    spec_guard.check_request("POST", f"{INTENTS}/pi_1/capture", "", b"amount_to_capture=5&final_capture=false")
    spec_guard.check_request("GET", "/v1/refunds", "limit=100&payment_intent=pi_1", b"")


def _fixture(name: str) -> dict[str, object]:
    """Return Stripe's own example, without the optional parts that are of a newer version than the description."""
    example = json.loads((spec_guard.SPECS / "stripe" / "fixtures3.json").read_text(encoding="utf-8"))["resources"][
        name
    ]
    kept = ("id", "object", "amount", "capture_method", "confirmation_method", "created", "currency", "livemode")
    return {n: v for n, v in example.items() if n in (*kept, "payment_method_types", "status", "metadata")}
