"""What of a list's address is not understood stops a bulk action and an export: they never take more rows than were meant."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import ActionBatch
from payments.models import AuditEntry, ProviderAccount
from tests.backoffice import rows
from tests.staff import make_staff

MAY = (
    "view_payment", "check_payment", "view_subscription", "cancel_subscription", "view_delivery", "resend_delivery",
    "view_operatoritem", "view_auditentry", "view_refund", "view_mail", "resend_mail", "export_rows",
)  # fmt: skip
ALL = {"select_across": "1", "_selected_action": "all"}


@pytest.fixture
def marta(account: ProviderAccount) -> Client:
    payment = rows.make_story(account, shop_transaction_id="there")
    rows.make_subscription(payment)
    rows.make_mail(payment)
    client = Client()
    client.force_login(make_staff("marta", *MAY))
    return client


def _list(name: str) -> str:
    return reverse(f"admin:payments_{name}_changelist")


@pytest.mark.parametrize("ticked", [False, True])
@pytest.mark.parametrize("query", ["status=nonsense", "amount_from=many", "provder=sandbox", "q=%00"])
@pytest.mark.parametrize(("name", "action"), [("payment", "check"), ("subscription", "cancel_subscriptions")])
def test_nothing_is_begun_on_a_list_whose_filter_was_not_understood(
    marta: Client, name: str, action: str, query: str, ticked: bool
) -> None:
    there = marta.get(_list(name)).context["cl"].result_list
    assert len(there) == 1
    chosen = {"_selected_action": str(there[0].pk)} if ticked else ALL

    answer = marta.post(f"{_list(name)}?{query}", {"action": action, **chosen}, follow=True)

    assert not ActionBatch.objects.exists()
    assert "So nothing was done." in next(map(str, answer.context["messages"]))
    assert marta.post(_list(name), {"action": action, **chosen}).status_code == 302
    assert ActionBatch.objects.count() == 1, "the same form without that filter begins one"


@pytest.mark.parametrize("query", ["q=%00", "state__exact=%00", "nonsense=1", "created_at__gte=soon"])
@pytest.mark.parametrize(("name", "action"), [("delivery", "callbacks"), ("mail", "mails")])
def test_nothing_is_begun_on_other_lists_either(marta: Client, name: str, action: str, query: str) -> None:
    marta.post(f"{_list(name)}?{query}", {"action": action, **ALL})
    assert not ActionBatch.objects.exists()

    marta.post(_list(name), {"action": action, **ALL})
    assert ActionBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "query"),
    [("operatoritem", "standing=open"), ("operatoritem", "priority=99"), ("operatoritem", "q=%00")],
)
def test_a_list_says_that_it_took_a_filter_away(marta: Client, name: str, query: str) -> None:
    answer = marta.get(f"{_list(name)}?{query}", follow=True)

    assert answer.redirect_chain == [(f"{_list(name)}?e=1", 302)]
    assert [str(one) for one in answer.context["messages"]] == [
        "The filter was not understood and is taken away: all rows are shown."
    ]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("items", "priority=99"),
        ("items", "q=%00"),
        ("audit", "who=nobody-at-all"),
        ("refunds", "q=%00"),
        ("subscriptions", "q=%00"),
        ("payments", "q=%00"),
    ],
)
def test_what_was_not_understood_is_not_exported(marta: Client, name: str, query: str) -> None:
    address = reverse("admin:backoffice_exportjob_new", args=[name])

    answer = marta.post(f"{address}?{query}", {"format": "csv", "columns": ["id"]})

    assert (answer.status_code, AuditEntry.objects.filter(action="export").exists()) == (400, False)


@pytest.mark.parametrize("name", ["payment", "subscription"])
def test_the_lists_offer_exports_of_their_filter_and_bulk_actions(marta: Client, name: str) -> None:
    page = marta.get(f"{_list(name)}?mode=test").content.decode()

    assert f'href="{reverse("admin:backoffice_exportjob_new", args=[f"{name}s"])}?mode=test"' in page
    assert 'name="_selected_action"' in page
    assert 'class="hub-bulk-all"' in page
    assert "changeListWidth" in page.partition('id="changelist"')[2][:200], "the bar of actions takes its width from it"
