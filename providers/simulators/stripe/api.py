"""The paths of the API: authentication, idempotency keys, errors; what they do is elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import forms, intents, links, problems, refunds, sessions, subscriptions
from .store import Account, Remembered, Store, Thing, listed, new_id

_METADATA = {"metadata", "expand"}
_LISTED = {"limit", "starting_after", "ending_before", "expand", "payment_intent", "payment_link"}
_INTENT = {
    "amount",
    "currency",
    "payment_method",
    "confirm",
    "off_session",
    "capture_method",
    "return_url",
    "customer",
} | {"setup_future_usage"}
_SESSION = {"mode", "line_items", "client_reference_id", "success_url", "cancel_url", "payment_intent_data", "locale"}
_PRICE = {"currency", "unit_amount", "product", "product_data", "recurring"}
_SUBSCRIPTION = {"items", "proration_behavior", "cancel_at_period_end", "cancel_at", "trial_end"}
_LINK = {"line_items", "payment_intent_data", "restrictions", "after_completion"}
_ALLOWED = {"allowed_payment_method_types", "payment_method_types", "description"}


@dataclass(frozen=True)
class Asked:
    """One request to the API."""

    account: Account
    given: dict[str, Any]
    thing_id: str
    base: str


Work = Callable[[Asked], Thing]


def routes(store: Store) -> list[Route]:
    """List the API's paths."""

    def route(method: str, path: str, takes: set[str], work: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _serve(store, request, takes, work)

        return Route(path, endpoint, methods=[method])

    page = "/v1/checkout/sessions"
    intent = "/v1/payment_intents"
    link = "/v1/payment_links"
    session_takes = _SESSION | _ALLOWED | _METADATA | {"customer", "customer_email", "expires_at"}
    session_takes |= {"customer_creation", "subscription_data", "setup_intent_data", "currency"}
    subscription = "/v1/subscriptions"
    means = "/v1/payment_methods"
    return [
        route("POST", page, session_takes, lambda a: sessions.create(a.account, a.given, f"{a.base}/c/pay")),
        route("GET", page, _LISTED, lambda a: sessions.newest(a.account, a.given)),
        route("GET", f"{page}/{{id}}", {"expand"}, lambda a: a.account.find("session", a.thing_id)),
        route("POST", f"{page}/{{id}}/expire", {"expand"}, lambda a: sessions.expire(a.account, a.thing_id)),
        route(
            "POST",
            intent,
            _INTENT | _ALLOWED | _METADATA,
            lambda a: intents.create(a.account, a.given, f"{a.base}/c/3ds"),
        ),
        route("GET", intent, _LISTED, lambda a: intents.newest(a.account, a.given)),
        route("GET", f"{intent}/{{id}}", {"expand"}, lambda a: a.account.find("intent", a.thing_id)),
        route(
            "POST",
            f"{intent}/{{id}}/capture",
            {"amount_to_capture", "final_capture"} | _METADATA,
            lambda a: intents.capture(a.account, a.thing_id, a.given),
        ),
        route(
            "POST",
            f"{intent}/{{id}}/cancel",
            {"cancellation_reason", "expand"},
            lambda a: intents.cancel(a.account, a.thing_id, a.given),
        ),
        route(
            "POST",
            "/v1/refunds",
            {"payment_intent", "amount", "reason"} | _METADATA,
            lambda a: refunds.create(a.account, a.given),
        ),
        route("GET", "/v1/refunds", _LISTED, lambda a: refunds.newest(a.account, a.given)),
        route("GET", f"{subscription}/{{id}}", {"expand"}, lambda a: a.account.find("subscription", a.thing_id)),
        route(
            "POST",
            f"{subscription}/{{id}}",
            _SUBSCRIPTION | _METADATA,
            lambda a: subscriptions.update(a.account, a.thing_id, a.given),
        ),
        route("DELETE", f"{subscription}/{{id}}", set(), lambda a: subscriptions.cancel(a.account, a.thing_id)),
        route(
            "GET",
            "/v1/invoices",
            {"subscription", "limit", "expand"},
            lambda a: subscriptions.invoices(a.account, a.given),
        ),
        route("GET", "/v1/invoices/{id}", {"expand"}, lambda a: a.account.find("invoice", a.thing_id)),
        route("GET", "/v1/setup_intents/{id}", {"expand"}, lambda a: a.account.find("setup", a.thing_id)),
        route("GET", f"{means}/{{id}}", {"expand"}, lambda a: a.account.find("means", a.thing_id)),
        route("POST", f"{means}/{{id}}/detach", {"expand"}, lambda a: intents.detach(a.account, a.thing_id)),
        route("POST", "/v1/prices", _PRICE | _METADATA, lambda a: links.create_price(a.account, a.given)),
        route("POST", link, _LINK | _METADATA, lambda a: links.create(a.account, a.given, f"{a.base}/b")),
        route("GET", link, {"limit", "expand"}, lambda a: links.newest(a.account, a.given)),
        route("GET", f"{link}/{{id}}", {"expand"}, lambda a: a.account.find("link", a.thing_id)),
        route(
            "POST",
            f"{link}/{{id}}",
            {"active"} | _METADATA,
            lambda a: links.update(a.account, a.thing_id, a.given),
        ),
        route("GET", "/v1/events", {"created", "limit", "starting_after"}, lambda a: _events(a.account, a.given)),
        route("GET", "/v1/refunds/{id}", {"expand"}, lambda a: a.account.find("refund", a.thing_id)),
    ]


def _events(account: Account, given: dict[str, Any]) -> Thing:
    """List events, newest first."""
    since = int((given.get("created") or {}).get("gte", 0))
    after, things = given.get("starting_after"), list(account.events.values())
    if after is not None:
        account.find("event", after)
        things = things[: list(account.events).index(after)]
    return listed([each for each in things if each["created"] >= since], "/v1/events", int(given.get("limit", 10)))


async def _serve(store: Store, request: Request, takes: set[str], work: Work) -> Response:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key.startswith(("sk_", "rk_")):
        return _answer(401, problems.Problem(401, "Invalid API Key provided.").body)
    account = store.account(key)
    body = await request.body()
    given = forms.decode(body.decode() if request.method == "POST" else request.url.query)
    asked = Asked(account, given, str(request.path_params.get("id", "")), str(request.base_url).rstrip("/"))
    mark = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    same = (request.method, request.url.path, body)
    known = account.answers.get(mark)
    if known is not None:
        if known.request != same:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            return _answer(400, problems.Problem(400, message, kind="idempotency_error").body)
        return _answer(known.status, known.body, replayed=True)
    try:
        unknown = sorted(set(given) - takes)
        if unknown:
            message = f"Received unknown parameter: {unknown[0]}"
            raise problems.Problem(400, message, code="parameter_unknown", param=unknown[0])
        status, told, kept = 200, work(asked), True
    except problems.Problem as problem:
        status, told, kept = problem.status, problem.body, problem.kept
    if mark and kept:
        account.answers[mark] = Remembered(same, status, _copy(told))
    return _answer(status, told)


def _copy(thing: Thing) -> Thing:
    """Freeze an answer as it is now: what is remembered must not change with the object."""
    return {name: _copy(value) if isinstance(value, dict) else value for name, value in thing.items()}


def _answer(status: int, body: Thing, *, replayed: bool = False) -> Response:
    headers = {"Request-Id": new_id("req")} | ({"Idempotent-Replayed": "true"} if replayed else {})
    return JSONResponse(body, status, headers)
