"""Every operation of the OpenAPI document, called by those who may not: a new endpoint is covered without being named."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import models

from payments.models import Project, Scope
from payments.services.merchants import create_api_key
from providers.types import Operation as PspOperation
from tests.api_product.psp import MoodyDriver
from tests.api_product.world import Operation, World, camel, each, operations

# The marker has the test database made also where this file is run alone; the world stands around each test of it.
pytestmark = [pytest.mark.usefixtures("standing_world"), pytest.mark.django_db]
OPERATIONS = list(operations())
IDS = frozenset(
    {
        "paymentId",
        "refundId",
        "eventId",
        "batchId",
        "invoiceId",
        "printId",
        "linkId",
        "subscriptionId",
        "subscriptionToken",
    }
)
QUESTIONS = frozenset({"check_rules", "preview_checkout"})
"""Operations that are asked by POST, for their body, and keep nothing."""
Key = Callable[[World], str]


def key_of(project: Project, scope: str, *, mode: str = "test") -> str:
    return create_api_key(project=project, mode=mode, scopes=[scope]).secret


NO_KEYS = ("", "phk_test_" + "a" * 43, "phk_live_" + "a" * 43, "null", "undefined", "' OR 1=1 --", "a" * 10_000)
FOREIGN: dict[str, Key] = {
    "foreign project": lambda world: key_of(world.theirs, Scope.PAYMENTS),
    "wrong mode": lambda world: key_of(world.ours, Scope.PAYMENTS, mode="live"),
    "both": lambda world: key_of(world.theirs, Scope.PAYMENTS, mode="live"),
}


@pytest.fixture(params=each(OPERATIONS))
def operation(request) -> Operation:
    return request.param


@pytest.fixture
def psp_calls(monkeypatch) -> list[str]:
    """What was asked of the PSP from now on."""
    calls: list[str] = []
    for asked in MoodyDriver.operations - {PspOperation.NOTIFICATION}:
        original = getattr(MoodyDriver, asked.value)

        def noting(self, call, request, *, name=asked.value, original=original):
            calls.append(name)
            return original(self, call, request)

        monkeypatch.setattr(MoodyDriver, asked.value, noting)
    return calls


def everything(world: World) -> dict[str, list[object]]:
    """All rows of the payments app, but for keys and when they were used."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("payments").get_models()
        if model.__name__ != "ApiKey"
    }


def names_ours(operation: Operation, world: World) -> bool:
    """Whether the call as `world.send` makes it is about one thing of ours (and not only a provider and a method)."""
    named = {each["name"] for place in ("path", "query", "header") for each in operation.parameters(place)}
    body = world.body(operation)
    # The rows of a list are answered one by one: what names many things is about none of them.
    in_body = set() if isinstance(body, list) else set(body) - {"batchId"}
    return not IDS.isdisjoint({camel(name) for name in named} | in_body)


def sent(operation: Operation, world: World) -> str:
    """All that a call says."""
    query = [world.value(operation, "query", each["name"]) for each in operation.parameters("query")]
    return f"{world.path(operation)} {query} {world.body(operation)}"


def test_the_document_names_operations_to_call():
    assert len(OPERATIONS) >= 6


def test_our_own_key_is_let_in_so_that_the_refusals_below_mean_something(world, operation):
    status, _ = operation.answer
    assert world.send_where_it_fits(operation, world.key).status_code == status


def test_without_a_key_that_exists_there_is_401_and_nothing_happens(world, operation, psp_calls):
    before = everything(world)

    for key in NO_KEYS:
        refused = world.send(operation, key)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated"), key
        assert refused["WWW-Authenticate"].startswith("Bearer")

    assert "401" in operation.described["responses"]
    assert everything(world) == before
    assert psp_calls == []


@pytest.mark.parametrize("place", ["query", "cookie", "basic"])
def test_a_key_in_any_other_place_is_none(world, operation, place):
    client_headers = {
        "query": {},
        "cookie": {"Cookie": f"secret={world.key}; Authorization={world.key}"},
        "basic": {"Authorization": f"Basic {world.key}"},
    }[place]
    if place == "query":
        world.known |= {each["name"]: [f"x&secret={world.key}"] for each in operation.parameters("query")}
    assert world.send(operation, None, **client_headers).status_code == 401


def test_a_scope_opens_what_the_documentation_says_and_nothing_else(world, operation, psp_calls):
    opening = set()
    for scope in Scope:
        before, calls = everything(world), list(psp_calls)
        response = world.send(operation, key_of(world.ours, scope))
        if response.status_code == 403:
            assert response.json()["code"] == "forbidden"
            assert everything(world) == before
            assert psp_calls == calls
        else:
            is_gone = operation.method == "delete" and opening  # the scope before this one has deleted it
            assert response.status_code not in ((401,) if is_gone else (401, 404))
            opening.add(scope)
        if scope == Scope.READ and operation.described["operationId"] in QUESTIONS:
            assert (everything(world), psp_calls) == (before, calls)

    assert opening, "nobody may call this"
    assert Scope.CHECKOUT not in opening, "a browser's key came into the API of order systems"
    if operation.method != "get" and operation.described["operationId"] not in QUESTIONS:
        assert Scope.READ not in opening, "a key that may read has changed something"


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_s53_a_foreign_project_and_the_other_mode_find_nothing_of_ours(world, operation, psp_calls, foreign: Key):
    key = foreign(world)
    for named in list(world.known["paymentId"]):
        world.known["paymentId"] = [named]
        _finds_nothing(world, operation, key, psp_calls)


def _finds_nothing(world: World, operation: Operation, key: str, psp_calls: list[str]) -> None:
    said, before = sent(operation, world), everything(world)

    response = world.send(operation, key)

    if names_ours(operation, world):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert everything(world) == before
        assert psp_calls == []
    else:
        # It may do something of its own with it; of ours nothing may change or be shown.
        after = everything(world)
        changed = [row for name, rows in before.items() for row in rows if row not in after[name]]
        assert [row for row in changed if row["id"] != world.theirs.id] == []
        if any(known in said for name in IDS for known in world.known[name]):
            assert psp_calls == []
    for name in (*IDS, "shopTransactionId"):
        for known in world.known[name]:
            assert response.status_code >= 300 or known in said or known not in response.text


def test_s53_a_foreign_id_is_told_apart_from_one_that_never_was_by_nothing(world, operation):
    if not names_ours(operation, world):
        return
    key = key_of(world.theirs, Scope.PAYMENTS)
    foreign = world.send(operation, key).json()
    nothing = "01a1fb51266774af94e785268fbbfa1f"
    world.known |= {
        "paymentId": [f"pay_{nothing}"],
        "refundId": [f"rf_{nothing}"],
        "batchId": ["b"],
        "invoiceId": [f"inv_{nothing}"],
        "printId": [nothing],
        "eventId": [f"evt_{nothing}"],
    }
    unknown = world.send(operation, key).json()
    assert {**foreign, "requestId": ""} == {**unknown, "requestId": ""}


def test_a_foreign_callers_same_shop_transaction_id_is_a_payment_of_its_own(world):
    (pay,) = [each for each in OPERATIONS if each.described["operationId"] == "pay"]
    body = world.body(pay) | {"shopTransactionId": world.known["shopTransactionId"][0], "amount": 1290}
    theirs = world.send(pay, key_of(world.theirs, Scope.PAYMENTS), body=body)
    assert theirs.json()["result"] == "OK"
    assert "Idempotency-Replayed" not in theirs
    assert theirs.json()["paymentId"] not in world.known["paymentId"]


def test_every_row_of_a_payment_can_be_found_by_its_project():
    """What has no project of its own could only be looked up without one."""
    for name in ("Payment", "Attempt", "OperatorItem", "InboxMessage", "OutboxEvent", "Delivery", "PspReference"):
        field = apps.get_model("payments", name)._meta.get_field("project")
        assert isinstance(field, models.ForeignKey)
        assert not field.null
