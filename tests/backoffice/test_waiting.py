"""The cards of the first page."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.queue.kinds import GUIDES, Priority
from backoffice.waiting import MOST_COUNTED, Card, waiting
from paymenthub.kernel import clock
from payments.domain.attempt import ItemKind
from payments.models import OperatorItem, Payment, Project
from tests.backoffice import rows
from tests.factories import make_project
from tests.staff import make_staff

pytestmark = pytest.mark.django_db


def cards_of(user: User) -> dict[str, Card]:
    return {card.key: card for card in waiting(user)}


def make_item(payment: Payment, kind: ItemKind, about: str = "x", **over: str) -> OperatorItem:
    return OperatorItem.objects.create(
        project=payment.project, payment=payment, kind=kind, about=about, next_step="Look.", **over
    )


def test_each_count_is_of_the_projects_that_the_person_may_see(project: Project) -> None:
    # given two projects with an item, an attempt in doubt and a failing callback each
    mine, other = rows.make_payment(rows.make_account(project)), rows.make_payment(rows.make_account(make_project()))
    for payment in (mine, other):
        make_item(payment, ItemKind.SECOND_WINNER)
        rows.make_attempt(payment, "UNKNOWN")
        rows.make_delivery(payment, 500)
    permissions = ("view_operatoritem", "view_attempt", "view_delivery")

    # when a person of one project and one of all look
    scoped, everywhere = make_staff("ada", *permissions, projects=(project,)), make_staff("bob", *permissions)

    # then
    keys = ("money_items", "open_items", "in_doubt", "callbacks_failing")
    assert [cards_of(scoped)[key].count for key in keys] == [1, 1, 1, 1]
    assert [cards_of(everywhere)[key].count for key in keys] == [2, 2, 2, 2]


def test_only_what_a_person_may_see_has_a_card(story: Payment) -> None:
    assert waiting(make_staff("ada")) == []
    assert [card.key for card in waiting(make_staff("bob", "view_mail"))] == ["mails_waiting"]


def test_a_callback_that_was_given_up_long_ago_is_not_counted(account: rows.ProviderAccount) -> None:
    payment = rows.make_payment(account)
    rows.make_delivery(payment, 500, state="given_up", created_at=clock.now() - dt.timedelta(days=8))
    rows.make_delivery(payment, 500, state="given_up", created_at=clock.now())

    card = cards_of(make_staff("ada", "view_delivery"))["callbacks_given_up"]

    assert (card.count, card.tone) == (1, "bad")


def test_money_comes_first_and_is_bad_other_items_only_wait(account: rows.ProviderAccount) -> None:
    payment = rows.make_payment(account)
    make_item(payment, ItemKind.MAIL_FAILED)
    user = make_staff("ada", "view_operatoritem")
    assert [(card.key, card.count, card.tone) for card in waiting(user)] == [
        ("money_items", 0, "good"),
        ("open_items", 1, "waiting"),
    ]

    make_item(payment, ItemKind.SECOND_WINNER, taken_by="ada")
    assert [(card.key, card.count, card.tone) for card in waiting(user)] == [
        ("money_items", 1, "bad"),
        ("open_items", 2, "waiting"),
        ("my_items", 1, "waiting"),
    ]


def test_counting_ends_at_a_thousand_and_says_so(account: rows.ProviderAccount) -> None:
    payment = rows.make_payment(account)
    OperatorItem.objects.bulk_create(
        OperatorItem(project=payment.project, kind=ItemKind.IN_DOUBT, about=str(number), next_step="Look.")
        for number in range(MOST_COUNTED + 5)
    )
    card = cards_of(make_staff("ada", "view_operatoritem"))["open_items"]
    assert card.shown == "1000+"


def test_every_link_of_the_cards_opens(story: Payment, superuser: Client) -> None:
    make_item(story, ItemKind.SECOND_WINNER, taken_by="root")
    cards = superuser.get(reverse("admin:index")).context["cards"]
    assert {card.key for card in cards} >= {"my_items", "invoices_held", "mails_waiting", "notifications_unmatched"}
    assert [(card.key, superuser.get(card.url).status_code) for card in cards] == [(card.key, 200) for card in cards]


def test_every_kind_of_item_has_a_priority_a_meaning_and_steps() -> None:
    assert set(GUIDES) == set(ItemKind)
    for guide in GUIDES.values():
        assert isinstance(guide.priority, Priority)
        assert str(guide.means).endswith(".")
        assert guide.steps
        assert all(str(step).endswith((".", "?")) for step in guide.steps)
