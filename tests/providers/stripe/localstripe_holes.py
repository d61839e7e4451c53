"""Where localstripe is not Stripe: the one list. What can be mended is mended by the filter in front of it; each hole is
asserted to be still there by test_localstripe_holes.py, so that a newer localstripe is noticed.

Nothing here touches a request before the spec guard has seen it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

DROPPED: dict[str, tuple[str, ...]] = {
    r"/v1/payment_intents": ("return_url", "description", "allowed_payment_method_types"),
    r"/v1/payment_intents/[^/]+/cancel": ("cancellation_reason",),
    r"/v1/payment_intents/[^/]+/capture": ("metadata", "final_capture"),
    r"/v1/refunds": ("reason",),
}
"""Parameters of Stripe's API that localstripe refuses as unexpected, by path."""

Form = Mapping[str, str]


def dropped(path: str) -> tuple[str, ...]:
    """Return the parameters that are taken out of a request to this path."""
    return next((names for pattern, names in DROPPED.items() if re.fullmatch(pattern, path)), ())


def mend(path: str, status: int, told: Any) -> Any:
    """Add to an answer what localstripe leaves out, from what it says elsewhere in the same answer."""
    if status == 404 and path.startswith("/v1/") and isinstance(told, dict) and "error" in told:
        return {"error": {**told["error"], "code": "resource_missing"}}
    if isinstance(told, dict) and told.get("object") == "payment_intent":
        return _with_amounts(told)
    if path == "/v1/refunds" and isinstance(told, dict) and told.get("object") == "list":
        return {**told, "data": [each for each in told["data"] if each["payment_intent"]]}
    return told


def _with_amounts(intent: dict[str, Any]) -> dict[str, Any]:
    charge = intent.get("latest_charge") or {}
    released = sum(each["amount"] for each in charge.get("refunds", {}).get("data", []) if not each["payment_intent"])
    got = charge["amount"] - released if intent["status"] == "succeeded" else 0
    held = charge["amount"] if intent["status"] == "requires_capture" else 0
    return {**intent, "amount_received": got, "amount_capturable": held}


@dataclass(frozen=True)
class Hole:
    """One way in which localstripe is not Stripe. `probe` asks it directly, and tells whether that is still so."""

    name: str
    stripe: str
    probe: Callable[[httpx.Client], bool]


def _intent(client: httpx.Client, **form: str) -> httpx.Response:
    whole = {"amount": "1299", "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true", **form}
    return client.post("/v1/payment_intents", data=whole)


def _id(client: httpx.Client, **form: str) -> str:
    return str(_intent(client, **form).json()["id"])


def _refunds(client: httpx.Client, *amounts: str) -> list[int]:
    intent = _id(client)
    return [client.post("/v1/refunds", data={"payment_intent": intent, "amount": a}).status_code for a in amounts]


def _refuses(path: str, name: str) -> Callable[[httpx.Client], bool]:
    def probe(client: httpx.Client) -> bool:
        where = path.replace("{held}", _id(client, capture_method="manual")) if "{held}" in path else path
        form = {"amount": "1299", "currency": "eur"} if where == "/v1/payment_intents" else {}
        if where == "/v1/refunds":
            form = {"payment_intent": _id(client)}
        answer = client.post(where, data={**form, f"{name}[x]" if name == "metadata" else name: "x"})
        return answer.status_code == 400 and f"Unexpected {name}" in answer.text

    return probe


def _same_key(client: httpx.Client) -> bool:
    form = {"amount": "1299", "currency": "eur"}
    made = [client.post("/v1/payment_intents", data=form, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    return made[0].json()["id"] != made[1].json()["id"]


def _partial(client: httpx.Client) -> bool:
    held = _id(client, capture_method="manual")
    client.post(f"/v1/payment_intents/{held}/capture", data={"amount_to_capture": "500"})
    rest = client.get("/v1/refunds", params={"payment_intent": held}).json()["data"]
    return [(each["amount"], each["payment_intent"]) for each in rest] == [(799, None)]


def _three_d_secure(client: httpx.Client) -> bool:
    card = {"number": "4000002500003155", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    form = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
    means = client.post("/v1/payment_methods", data=form).json()["id"]
    return bool(_intent(client, payment_method=means).json()["next_action"]["type"] == "use_stripe_sdk")


def _declined_without_intent(client: httpx.Client) -> bool:
    return "payment_intent" not in _intent(client, payment_method="pm_card_chargeCustomerFail").json()["error"]


_INTENTS = "/v1/payment_intents"
_HELD = f"{_INTENTS}/{{held}}"
HOLES = (
    *(Hole(f"refuses {n}", "Takes it.", _refuses(_INTENTS, n)) for n in DROPPED[r"/v1/payment_intents"]),
    Hole("refuses cancellation_reason", "Takes it.", _refuses(f"{_HELD}/cancel", "cancellation_reason")),
    Hole("refuses metadata of a capture", "Adds it to the intent's.", _refuses(f"{_HELD}/capture", "metadata")),
    Hole("refuses final_capture", "Takes it.", _refuses(f"{_HELD}/capture", "final_capture")),
    Hole("refuses a reason of a refund", "Takes it.", _refuses("/v1/refunds", "reason")),
    Hole("ignores idempotency keys", "The same key gets the same object.", _same_key),
    Hole("leaves out amount_received", "Has it.", lambda c: "amount_received" not in _intent(c).json()),
    Hole("leaves out amount_capturable", "Has it.", lambda c: "amount_capturable" not in _intent(c).json()),
    Hole(
        "writes latest_charge out",
        "Its id, unless asked.",
        lambda c: isinstance(_intent(c).json()["latest_charge"], dict),
    ),
    Hole("calls what was not captured a refund", "Releases it without one.", _partial),
    Hole(
        "has a 404 without a code",
        "resource_missing.",
        lambda c: "code" not in c.get(f"{_INTENTS}/pi_x").json()["error"],
    ),
    Hole("has no Checkout Sessions", "Has them.", lambda c: c.get("/v1/checkout/sessions").status_code == 404),
    Hole("gives back more than was paid", "Refuses.", lambda c: _refunds(c, "1300") == [200]),
    Hole("gives back twice", "Refuses.", lambda c: _refunds(c, "1299", "1299") == [200, 200]),
    Hole("takes an unknown currency", "Refuses.", lambda c: _intent(c, currency="zzz").status_code == 200),
    Hole(
        "charges pm_card_visa_chargeDeclined",
        "Refuses.",
        lambda c: _intent(c, payment_method="pm_card_visa_chargeDeclined").status_code in (200, 404),
    ),
    Hole("knows no redirect for 3-D Secure", "redirect_to_url.", _three_d_secure),
    Hole("names no intent in a refusal", "Puts it into the error.", _declined_without_intent),
)
