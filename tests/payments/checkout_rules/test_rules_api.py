"""Rules and /check at the published paths."""

import json

import pytest
from django.test import Client

from payments.models import AuditEntry, CheckoutRule
from payments.services import checkout_rules
from payments.services.merchants import create_api_key
from tests.payments.api.conftest import OrderSystem, error_of

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = [{"provider": "scripted", "paymentMethod": "credit-cards"}]
RULE = {
    "ruleId": "web",
    "priority": 10,
    "type": "paymentMethods",
    "rules": [{"key": "/additionalData/channel", "operator": "equal", "value": "web"}],
    "response": PAIRS,
}


def call(shop: OrderSystem, method: str, path: str, body=None):
    headers = {"Authorization": f"Bearer {shop.secret}"}
    return Client().generic(method, path, "" if body is None else json.dumps(body), "application/json", headers=headers)


def test_a_rule_is_made_read_changed_and_deleted(shop):
    made = shop.post("/rule", RULE)
    assert made.status_code == 200
    assert {name: made.json()[name] for name in RULE} == RULE
    assert shop.get("/rule/web").json() == made.json()

    changed = call(shop, "PATCH", "/rule/web", {"priority": 20})
    assert changed.status_code == 200
    assert changed.json()["priority"] == 20
    assert changed.json()["rules"] == RULE["rules"]

    gone = call(shop, "DELETE", "/rule/web")
    assert (gone.status_code, gone.json()["ruleId"]) == (200, "web")
    assert error_of(shop.get("/rule/web")) == (404, "not_found", "ruleId")
    assert error_of(call(shop, "DELETE", "/rule/web")) == (404, "not_found", "ruleId")
    assert error_of(call(shop, "PATCH", "/rule/web", {"priority": 1})) == (404, "not_found", "ruleId")


def test_every_change_of_a_rule_is_in_the_audit_trail(shop):
    shop.post("/rule", RULE)
    call(shop, "PATCH", "/rule/web", {"priority": 20})
    call(shop, "DELETE", "/rule/web")
    rows = list(AuditEntry.objects.order_by("id"))
    assert [row.message for row in rows] == [f"Rule web (test) was {word}." for word in ("made", "changed", "deleted")]
    assert all(row.actor.startswith("api_key:") for row in rows)
    assert (rows[1].before["priority"], rows[1].after["priority"]) == (10, 20)


@pytest.mark.parametrize("path", ["/rules", "/rules/", "/adaptive-checkout", "/adaptive-checkout/"])
def test_rules_are_listed_as_they_are_tried(shop, path):
    for rule_id, priority in (("default", 99), ("b", 5), ("a", 5), ("first", 7)):
        assert shop.post("/rule", RULE | {"ruleId": rule_id, "priority": priority}).status_code == 200
    shop.post("/rule", RULE | {"ruleId": "risk", "type": "risk", "response": {"level": 1}})
    assert [row["ruleId"] for row in shop.get(path, {"type": "paymentMethods"}).json()] == [
        "first",
        "a",
        "b",
        "default",
    ]
    assert len(shop.get(path).json()) == 5


def test_check_answers_the_response_of_the_first_rule_that_holds(shop):
    shop.post("/rule", RULE)
    shop.post("/rule", RULE | {"ruleId": "rich", "priority": 20, "response": [],
              "rules": [{"key": "/amount", "operator": "greater_than", "value": "100000"}]})  # fmt: skip
    body = {"type": "paymentMethods", "data": {"amount": 1299, "additionalData": {"channel": "web"}}}
    assert shop.post("/check", body).json() == PAIRS
    assert shop.post("/check", body | {"data": {"amount": 100_001}}).json() == []
    assert error_of(shop.post("/check", body | {"data": {}})) == (404, "not_found", "data")
    assert error_of(shop.post("/check", body | {"type": "other"})) == (404, "not_found", "data")
    assert error_of(shop.post("/check", {"type": "paymentMethods"})) == (400, "invalid_field", "data")


def test_any_json_is_a_response_of_another_type(shop):
    assert shop.post("/rule", RULE | {"type": "risk", "response": {"level": "high"}}).status_code == 200
    data = {"additionalData": {"channel": "web"}}
    assert shop.post("/check", {"type": "risk", "data": data}).json() == {"level": "high"}


def test_an_id_is_taken_once(shop):
    shop.post("/rule", RULE)
    assert error_of(shop.post("/rule", RULE)) == (409, "conflict", "ruleId")
    shop.post("/rule", RULE | {"ruleId": "other"})
    assert error_of(call(shop, "PATCH", "/rule/other", {"ruleId": "web"})) == (409, "conflict", "ruleId")
    assert CheckoutRule.objects.count() == 2


def test_the_number_of_rules_is_bounded(shop, monkeypatch):
    monkeypatch.setattr(checkout_rules, "MOST_RULES", 1)
    shop.post("/rule", RULE)
    assert error_of(shop.post("/rule", RULE | {"ruleId": "other"})) == (409, "conflict", "ruleId")


@pytest.mark.parametrize(
    ("over", "status", "code", "param"),
    [
        ({"rules": None}, 400, "invalid_field", "rules"),  # missing conditions would hold for everybody
        ({"priority": "10"}, 400, "invalid_field", "priority"),
        ({"rules": [{"key": "a", "operator": "equals", "value": 1}]}, 400, "invalid_field", "rules[0].key"),
        ({"rules": [{"key": "/a", "operator": "like", "value": 1}]}, 400, "invalid_field", "rules[0].operator"),
        ({"rules": [{"key": "/a", "operator": "equals"}]}, 400, "invalid_field", "rules[0].value"),
        ({"rules": [{"key": "/a", "operator": "equals", "value": 1, "vaule": 2}]}, 400, "invalid_field", "rules[0].vaule"),
        ({"response": [{"provider": "x"}]}, 400, "invalid_field", "response[0].paymentMethod"),
        ({"rules": [{"key": "/a", "operator": "equals", "value": "4111111111111111"}]}, 422, "unprocessable", "rules"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_and_nothing_is_kept(shop, over, status, code, param):
    assert error_of(shop.post("/rule", RULE | over)) == (status, code, param)
    assert CheckoutRule.objects.count() == 0


def test_a_misspelt_change_is_refused(shop):
    shop.post("/rule", RULE)
    assert error_of(call(shop, "PATCH", "/rule/web", {"rule": []})) == (400, "invalid_field", "rule")


def test_the_same_key_makes_a_rule_once(shop):
    first = shop.post("/rule", RULE, Idempotency_Key="k1")
    again = shop.post("/rule", RULE, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert CheckoutRule.objects.count() == 1


def test_s53_rules_of_another_project_or_mode_are_not_there(shop, stranger, live_shop):
    shop.post("/rule", RULE)
    body = {"type": "paymentMethods", "data": {"additionalData": {"channel": "web"}}}
    for other in (stranger, live_shop):
        assert other.get("/rules").json() == []
        assert other.get("/rule/web").status_code == 404
        assert call(other, "PATCH", "/rule/web", {"priority": 1}).status_code == 404
        assert call(other, "DELETE", "/rule/web").status_code == 404
        assert other.post("/check", body).status_code == 404
    assert shop.get("/rule/web").json()["priority"] == 10


def test_a_key_that_may_only_read_changes_no_rule(shop, project):
    shop.post("/rule", RULE)
    reader = OrderSystem(create_api_key(project=project, mode="test", scopes=["read"]).secret)
    browser = OrderSystem(create_api_key(project=project, mode="test", scopes=["checkout"]).secret)
    assert reader.get("/rules").status_code == 200
    assert error_of(reader.post("/rule", RULE | {"ruleId": "x"}))[0] == 403
    assert error_of(call(reader, "DELETE", "/rule/web"))[0] == 403
    assert error_of(browser.get("/rules"))[0] == 403
    assert error_of(browser.post("/check", {"type": "paymentMethods", "data": {}}))[0] == 403
