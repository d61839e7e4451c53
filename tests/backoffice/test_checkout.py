"""The pages of checkout rules, of the limits of methods, and of the card-testing guard."""

from typing import Any

import pytest
from django.urls import reverse

from payments.models import AuditEntry, CheckoutRule, GuardTrip, MethodLimit, ProviderAccount
from tests.backoffice import rows
from tests.backoffice.acting import staff

RULES = reverse("admin:payments_checkoutrule_changelist")
LIMITS = reverse("admin:payments_methodlimit_changelist")
EDIT = ("view_checkoutrule", "edit_checkoutrule")
FILLED = {
    "rule_id": "web",
    "priority": "10",
    "type": "paymentMethods",
    "conditions": '/additionalData/channel in web, app\n\n/amount greater_than 1000\n/note equals "5"',
    "response": "stripe/pay-pal\nsandbox/credit-cards",
    "note": "Wallets first",
}


def _new(account: ProviderAccount) -> str:
    return reverse("admin:payments_checkoutrule_new", args=[account.project_id, "test"])


def _edit(row: CheckoutRule) -> str:
    return reverse("admin:payments_checkoutrule_edit", args=[row.project_id, row.mode, row.pk])


def _errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["form"].errors)


def test_a_rule_is_made_changed_and_deleted_with_reasons(account: ProviderAccount) -> None:
    client = staff(*EDIT)
    assert client.post(_new(account), FILLED).status_code == 302
    row = CheckoutRule.objects.get()
    assert row.definition == {
        "rules": [
            {"key": "/additionalData/channel", "operator": "in", "value": "web, app"},
            {"key": "/amount", "operator": "greater_than", "value": 1000},
            {"key": "/note", "operator": "equals", "value": "5"},
        ],
        "response": [
            {"provider": "stripe", "paymentMethod": "pay-pal"},
            {"provider": "sandbox", "paymentMethod": "credit-cards"},
        ],
    }
    initial = client.get(_edit(row)).context["form"].initial
    assert client.post(_edit(row), FILLED | initial | {"priority": "20", "do": "save"}).status_code == 302
    changed = CheckoutRule.objects.get()
    assert (changed.priority, changed.definition) == (20, row.definition)  # what the form shows reads back as it was

    assert client.post(_edit(row), FILLED | {"do": "delete"}).status_code == 302
    assert CheckoutRule.objects.count() == 0
    told = list(AuditEntry.objects.order_by("id").values_list("actor", "note", "message"))
    assert told == [
        ("marta", "Wallets first", f"Rule web (test) was {word}.") for word in ("made", "changed", "deleted")
    ]


def test_a_rule_that_somebody_changed_meanwhile_is_not_written_over(account: ProviderAccount) -> None:
    client = staff(*EDIT)
    client.post(_new(account), FILLED)
    row = CheckoutRule.objects.get()
    initial = client.get(_edit(row)).context["form"].initial
    client.post(_edit(row), FILLED | initial | {"priority": "20"})
    late = client.post(_edit(row), FILLED | initial | {"priority": "30"})
    assert "Somebody has changed this rule" in late.content.decode()
    assert CheckoutRule.objects.get().priority == 20


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"conditions": "/amount"}, "conditions"),
        ({"conditions": "/amount like 5"}, "conditions"),
        ({"conditions": "amount equals 5"}, "conditions"),
        ({"response": "credit-cards"}, "response"),
        ({"response": "Stripe/credit-cards"}, "response"),
        ({"type": "risk", "response": "high"}, "response"),
        ({"type": "risk", "response": '1,"x":2'}, "response"),
        ({"rule_id": "a b"}, "rule_id"),
        ({"note": ""}, "note"),
        ({"note": "4111 1111 1111 1111"}, "note"),
    ],
)
def test_a_wrong_rule_is_named_by_its_field_and_not_kept(account: ProviderAccount, over: dict, field: str) -> None:
    answer = staff(*EDIT).post(_new(account), FILLED | over)
    assert answer.status_code == 200
    assert list(_errors(answer)) == [field]
    assert CheckoutRule.objects.count() == 0


def test_data_is_tried_against_the_rules_and_every_condition_is_explained(account: ProviderAccount) -> None:
    client = staff(*EDIT)
    client.post(_new(account), FILLED | {"conditions": "/amount greater_than 1000"})
    path = f"{RULES}?project={account.project_id}&mode=test"
    page = client.post(path, {"type": "paymentMethods", "sample": '{"amount": 1299}'}).content.decode()
    assert "The rule <strong>web</strong> decides: stripe/pay-pal, sandbox/credit-cards." in page
    assert "/amount is 1299; greater_than 1000 holds." in page
    page = client.post(path, {"type": "paymentMethods", "sample": '{"amount": 1}'}).content.decode()
    assert "No rule of this type holds." in page
    assert "sample" in _errors(client.post(path, {"type": "paymentMethods", "sample": "[]"}))


def test_rules_are_listed_as_they_are_tried_and_by_mode(account: ProviderAccount) -> None:
    client = staff(*EDIT)
    for rule_id, priority in (("default", 90), ("second", 1), ("first", 2)):
        client.post(_new(account), FILLED | {"rule_id": rule_id, "priority": str(priority)})
    page = client.get(f"{RULES}?project={account.project_id}")
    assert [row["rule"].rule_id for row in page.context["rows"]] == ["first", "second", "default"]
    assert client.get(f"{RULES}?project={account.project_id}&mode=live").context["rows"] == []


@pytest.mark.parametrize(
    ("permissions", "status"), [(("view_checkoutrule",), 403), (("edit_checkoutrule",), 403), (EDIT, 200)]
)
def test_who_may_edit_rules(account: ProviderAccount, permissions: tuple[str, ...], status: int) -> None:
    assert staff(*permissions).get(_new(account)).status_code == status


def test_limits_are_written_as_people_write_amounts(account: ProviderAccount) -> None:
    client = staff("view_methodlimit", "edit_methodlimit")
    page = reverse("admin:payments_methodlimit_edit", args=[account.pk, "credit-cards"])
    filled = {
        "amounts": "EUR 1.00 to 5000\nJPY up to 90000\nKWD from 0.500",
        "countries": "it, DE",
        "devices": ["phone"],
        "note": "By contract",
    }
    assert client.post(page, filled).status_code == 302
    row = MethodLimit.objects.get()
    assert row.amounts == {"EUR": {"min": 100, "max": 500_000}, "JPY": {"max": 90_000}, "KWD": {"min": 500}}
    assert (row.countries, row.devices) == (["DE", "IT"], ["phone"])
    text = client.get(LIMITS).content.decode()
    assert "EUR 1.00 to 5000.00" in text
    initial = client.get(page).context["form"].initial
    client.post(page, initial | {"note": "again"})
    assert MethodLimit.objects.get().amounts == row.amounts
    client.post(page, {"note": "no more"})
    assert MethodLimit.objects.count() == 0


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"amounts": "EUR"}, "amounts"),
        ({"amounts": "EUR 1.005 to 2"}, "amounts"),
        ({"amounts": "EUR 5 to 2"}, "amounts"),
        ({"amounts": "EUR from 1\nEUR from 2"}, "amounts"),
        ({"amounts": "XXX from 1"}, "amounts"),
        ({"countries": "Italy"}, "countries"),
        ({"devices": ["tv"]}, "devices"),
        ({"note": ""}, "note"),
    ],
)
def test_wrong_limits_are_named_and_not_kept(account: ProviderAccount, over: dict, field: str) -> None:
    client = staff("view_methodlimit", "edit_methodlimit")
    page = reverse("admin:payments_methodlimit_edit", args=[account.pk, "credit-cards"])
    assert list(_errors(client.post(page, {"note": "why"} | over))) == [field]
    assert MethodLimit.objects.count() == 0


def test_an_operator_releases_the_guard_with_a_reason(account: ProviderAccount) -> None:
    rows.make_checkout(account)
    trip = GuardTrip.objects.get()
    page = reverse("admin:payments_guardtrip_change", args=[trip.pk])
    release = reverse("admin:payments_guardtrip_release", args=[trip.pk])
    assert release not in staff("view_guardtrip").get(page).content.decode()
    client = staff("view_guardtrip", "release_guardtrip", name="anna")
    assert release in client.get(page).content.decode()
    assert "note" in _errors(client.post(release, {}))
    assert client.post(release, {"note": "A class on a trip"}).status_code == 302
    assert GuardTrip.objects.get().released_by == "anna"
    assert release not in client.get(page).content.decode()
    assert "released already" in client.post(release, {"note": "once more"}).content.decode()
    assert [entry.action for entry in AuditEntry.objects.all()] == ["release_guard"]


def test_who_may_release_the_guard(account: ProviderAccount) -> None:
    rows.make_checkout(account)
    release = reverse("admin:payments_guardtrip_release", args=[GuardTrip.objects.get().pk])
    assert staff("view_guardtrip").post(release, {"note": "Let them"}).status_code == 403
