"""What a customer would see, for a payment and for one that is made up."""

import datetime as dt

import pytest
from django.core.cache import cache

from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments.models import AccountStanding, AuditEntry, CaptureMode, MethodLimit, ProviderAccount
from payments.selectors import breakers
from payments.selectors.offered import Client, offered
from payments.services.checkout_rules import By, RuleGiven, create_rule
from payments.services.method_limits import LimitGiven, set_limits
from payments.services.open_payment import OpenCommand, open_payment
from tests import factories
from tests.payments.api.conftest import error_of

pytestmark = pytest.mark.django_db(transaction=True)
BY = By("ada")


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def both(project, account):
    """Two accounts of the scripted provider, the first one the default."""
    ProviderAccount.objects.filter(pk=account.pk).update(methods=["credit-cards", "wallet"])
    factories.make_account(project, name="second", is_default=False, methods=["wallet"])


def open_one(project, **over):
    fields = {"money": Money(1299, "EUR"), "shop_transaction_id": "order-1"} | over
    return open_payment(OpenCommand(project=project, mode="test", **fields))


def rule(project, response, *conditions, **over):
    given = {"rule_id": "web", "priority": 1, "type": "paymentMethods", "conditions": conditions, "response": response}
    create_rule(project=project, mode="test", given=RuleGiven(**given | over), by=BY)


def names(offer):
    return [(each.method, each.account_name) for each in offer.methods]


def test_every_method_is_offered_once_by_the_default_account(project, both):
    assert names(offered(open_one(project), client=Client())) == [("credit-cards", "main"), ("wallet", "main")]


def test_a_rule_looks_at_the_sagas_metadata_and_at_the_customer(project, both):
    pair = [{"provider": "scripted", "paymentMethod": "wallet"}]
    conditions = [
        {"key": "/amount", "operator": "greater_than", "value": 1000},
        {"key": "/additionalData/channel", "operator": "in", "value": ["web"]},
        {"key": "/additionalData/buyer/email", "operator": "equals", "value": "ada@shop.example"},
        {"key": "/client/country", "operator": "equals", "value": "IT"},
        {"key": "/captureMode", "operator": "equals", "value": "automatic"},
    ]
    rule(project, pair, *conditions)
    payment = open_one(project, additional_data={"channel": "web"}, buyer={"email": "ada@shop.example"})
    assert names(offered(payment, client=Client(country="IT"))) == [("wallet", "main")]
    assert len(offered(payment, client=Client(country="FR")).methods) == 2
    assert offered(payment, client=Client(country="IT")).rule_id == "web"


def test_the_country_that_the_order_system_named_counts_where_the_browser_tells_none(project, both):
    set_limits(account=main(project), method="wallet", given=LimitGiven(countries=["IT"]), by=BY)
    set_limits(account=second(project), method="wallet", given=LimitGiven(countries=["IT"]), by=BY)
    payment = open_one(project, additional_data={"country": "it"})
    assert ("wallet", "main") in names(offered(payment, client=Client()))
    assert ("wallet", "main") not in names(offered(payment, client=Client(country="FR")))


def main(project):
    return ProviderAccount.objects.get(project=project, name="main")


def second(project):
    return ProviderAccount.objects.get(project=project, name="second")


def test_limits_hide_a_method_and_let_the_second_account_take_over(project, both):
    set_limits(account=main(project), method="wallet", given=LimitGiven(amounts={"EUR": (2000, None)}), by=BY)
    assert names(offered(open_one(project), client=Client())) == [("credit-cards", "main"), ("wallet", "second")]


def test_limits_are_kept_with_an_audit_row_and_taken_away_again(project, both):
    given = LimitGiven(amounts={"EUR": (100, 500_000), "JPY": (None, 9)}, countries=["IT", "DE"], devices=["phone"])
    row = set_limits(account=main(project), method="wallet", given=given, by=BY)
    assert row.amounts == {"EUR": {"min": 100, "max": 500_000}, "JPY": {"max": 9}}
    assert set_limits(account=main(project), method="wallet", given=LimitGiven(), by=BY) is None
    assert MethodLimit.objects.count() == 0
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["method_limits"] * 2


def test_an_open_breaker_hides_its_account(project, both, monkeypatch):
    now = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    prefix = breakers.prefix_of(main(project).pk)
    cache.set_many({prefix + "state": "open", prefix + "opened_at": now.timestamp() - 29})
    assert names(offered(open_one(project), client=Client())) == [("wallet", "second")]
    cache.set(prefix + "opened_at", now.timestamp() - 31)  # BREAKER_PAUSE is over: one may try
    assert len(offered(open_one(project), client=Client()).methods) == 2


def test_without_the_cache_every_method_is_offered(project, both, monkeypatch):
    def away(*_):
        raise ConnectionError

    monkeypatch.setattr(breakers.cache, "get_many", away)
    monkeypatch.setattr(breakers, "_cache_away_until", 0.0)
    assert len(offered(open_one(project), client=Client()).methods) == 2


def test_an_account_that_takes_nothing_new_is_hidden(project, both):
    ProviderAccount.objects.filter(name="main").update(standing=AccountStanding.INACTIVE)
    offer = offered(open_one(project), client=Client())
    assert names(offer) == [("wallet", "second")]
    assert {each.reason_hidden for each in offer.explained if each.account_name == "main"} == {"account_inactive"}


def test_what_must_be_held_first_is_offered_where_it_can_be(project, both, monkeypatch):
    held = open_one(project, capture_mode=CaptureMode.MANUAL)
    assert len(offered(held, client=Client()).methods) == 2
    monkeypatch.setattr("tests.scripted.ScriptedDriver.operations", frozenset({"pay"}))
    assert offered(held, client=Client()).methods == ()


@pytest.mark.parametrize("more", [0, 12])
def test_an_offer_costs_three_statements_however_many_rules_and_accounts(
    project, both, more, django_assert_num_queries
):
    for number in range(more):
        factories.make_account(project, name=f"more-{number}", is_default=False)
        rule(project, [], {"key": "/a", "operator": "equals", "value": 1}, rule_id=f"r{number}")
    payment = open_one(project)
    with django_assert_num_queries(3):
        offered(payment, client=Client())


def test_the_order_system_asks_what_its_customer_sees_and_why(project, both, shop):
    pair = [{"provider": "scripted", "paymentMethod": "wallet"}]
    rule(project, pair, {"key": "/additionalData/channel", "operator": "equals", "value": "web"})
    payment = open_one(project, additional_data={"channel": "web"})
    path = f"/v1/payments/{payment.public_id}/methods"
    short = shop.get(path, {"device": "phone"}).json()
    assert short == {
        "ruleId": "web",
        "methods": [{"provider": "scripted", "paymentMethod": "wallet", "account": "main", "redirectKind": "mobile"}],
        "explained": None,
        "rules": None,
    }
    full = shop.get(path, {"explain": "true"}).json()
    assert [(each["paymentMethod"], each["shown"], each["reasonHidden"]) for each in full["explained"]] == [
        ("wallet", True, None),
        ("wallet", False, "other_account"),
        ("credit-cards", False, "rule"),
    ]
    assert full["rules"] == [
        {
            "ruleId": "web",
            "priority": 1,
            "holds": True,
            "conditions": ['/additionalData/channel is "web"; equals "web" holds.'],
        }
    ]


@pytest.mark.parametrize(("query", "param"), [({"device": "tv"}, "device"), ({"country": "Italy"}, "country"),
                         ({"explain": "yes"}, "explain"), ({"coutry": "IT"}, "coutry")])  # fmt: skip
def test_a_wrong_question_is_refused(project, both, shop, query, param):
    path = f"/v1/payments/{open_one(project).public_id}/methods"
    assert error_of(shop.get(path, query)) == (400, "invalid_field", param)


def test_s53_nobody_asks_about_the_payments_of_others(project, both, shop, stranger, live_shop):
    path = f"/v1/payments/{open_one(project).public_id}/methods"
    assert stranger.get(path).status_code == live_shop.get(path).status_code == 404


def test_a_payment_that_does_not_exist_is_previewed_and_nothing_is_kept(project, both, shop, django_assert_num_queries):
    body = {"amount": 1299, "currency": "EUR", "allowedMethods": ["wallet"], "country": "IT"}
    seen = shop.post("/v1/checkout-preview", body).json()
    assert [each["paymentMethod"] for each in seen["methods"]] == ["wallet"]
    assert project.payments.count() == 0
    assert error_of(shop.post("/v1/checkout-preview", body | {"amuont": 1})) == (400, "invalid_field", "amuont")
    assert error_of(shop.post("/v1/checkout-preview", body | {"currency": "XXX"})) == (400, "invalid_field", "currency")
    assert error_of(shop.post("/v1/checkout-preview", body | {"country": "it"})) == (400, "invalid_field", "country")


def test_the_preview_and_the_payment_agree(project, both, shop):
    rule(
        project,
        [{"provider": "scripted", "paymentMethod": "wallet"}],
        {"key": "/amount", "operator": "less_than", "value": 2000},
    )
    payment = open_one(project)
    real = shop.get(f"/v1/payments/{payment.public_id}/methods", {"explain": "true"}).json()
    made_up = shop.post("/v1/checkout-preview", {"amount": 1299, "currency": "EUR"}).json()
    assert made_up == real
