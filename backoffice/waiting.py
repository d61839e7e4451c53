"""What waits for a person, as cards for the first page: counts of the person's own projects, each with its list."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.access import scoped
from backoffice.queue.kinds import Priority, kinds_of
from invoices.models import IssueJob
from invoices.models.issue_job import JobState
from paymenthub.kernel import clock
from payments.domain.attempt import AttemptState
from payments.models import (
    Attempt,
    Delivery,
    DeliveryState,
    InboxMessage,
    InboxState,
    Mail,
    MailState,
    OperatorItem,
)

MOST_COUNTED = 1000
"""Counting ends here, so that a flood of rows cannot make the first page slow."""
_RECENT = dt.timedelta(days=7)

Tone = Literal["good", "waiting", "bad"]


@dataclass(frozen=True, slots=True)
class Card:
    """One count of the first page. `key` stays the same whatever the language; `tone` is good where nothing waits."""

    key: str
    name: str
    count: int
    url: str
    help: str
    tone: Tone

    @property
    def shown(self) -> str:
        """The count, or «1000+» where counting has ended."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


def waiting(user: User | AnonymousUser) -> list[Card]:
    """List the cards of what a person may see, the most urgent first; every count is of the person's projects.

    At most one small query a card, over partial indexes: the cost follows what waits, not the history.
    """
    return [card for may, cards in _GROUPS if user.has_perm(may) for card in cards(user)]


def _items(user: User | AnonymousUser) -> Iterator[Card]:
    still_open = scoped(OperatorItem.objects.filter(resolved_at=None), user, "project")
    money = _count(still_open.filter(kind__in=kinds_of(Priority.MONEY)))
    yield Card(
        "money_items",
        _("Money at risk"),
        money,
        _list(OperatorItem, priority=Priority.MONEY.value),
        _("Operator items about money: look at these first."),
        "bad" if money else "good",
    )
    count = _count(still_open)
    yield Card(
        "open_items",
        _("Open operator items"),
        count,
        _list(OperatorItem),
        _("Each names the next step for a person."),
        "waiting" if count else "good",
    )
    mine = _count(still_open.filter(taken_by=user.get_username()))
    if mine:
        yield Card(
            "my_items",
            _("Taken by you"),
            mine,
            _list(OperatorItem, taken="me"),
            _("Items that you have said you are on."),
            "waiting",
        )


def _in_doubt(user: User | AnonymousUser) -> Iterator[Card]:
    count = _count(scoped(Attempt.objects.filter(state=AttemptState.UNKNOWN), user, "project"))
    yield Card(
        "in_doubt",
        _("Attempts in doubt"),
        count,
        _list(Attempt, state__exact=AttemptState.UNKNOWN.value),
        _("Sent, and the outcome is not known yet. The hub goes on asking."),
        "waiting" if count else "good",
    )


def _callbacks(user: User | AnonymousUser) -> Iterator[Card]:
    due = _count(scoped(Delivery.objects.filter(state=DeliveryState.DUE, tries__gt=0), user, "project"))
    yield Card(
        "callbacks_failing",
        _("Callbacks that fail"),
        due,
        _list(Delivery, state__exact=DeliveryState.DUE.value),
        _("The order system has not taken them yet; they are tried again."),
        "waiting" if due else "good",
    )
    since = clock.now() - _RECENT
    lost = _count(scoped(Delivery.objects.filter(state=DeliveryState.GIVEN_UP, created_at__gte=since), user, "project"))
    yield Card(
        "callbacks_given_up",
        _("Callbacks given up"),
        lost,
        _list(Delivery, state__exact=DeliveryState.GIVEN_UP.value),
        _("Of the last seven days: the order system never took them. Send them again."),
        "bad" if lost else "good",
    )


def _mails(user: User | AnonymousUser) -> Iterator[Card]:
    due = _count(scoped(Mail.objects.filter(state=MailState.DUE), user, "project"))
    yield Card(
        "mails_waiting",
        _("Mails waiting"),
        due,
        _list(Mail, state__exact=MailState.DUE.value),
        _("Not taken by the mail server yet; they are tried again."),
        "waiting" if due else "good",
    )


def _inbox(user: User | AnonymousUser) -> Iterator[Card]:
    count = _count(scoped(InboxMessage.objects.filter(state=InboxState.UNMATCHED), user, "project"))
    yield Card(
        "notifications_unmatched",
        _("Notifications not matched"),
        count,
        _list(InboxMessage, state__exact=InboxState.UNMATCHED.value),
        _("They name a payment that this hub does not know."),
        "waiting" if count else "good",
    )


def _invoices(user: User | AnonymousUser) -> Iterator[Card]:
    count = _count(scoped(IssueJob.objects.filter(state=JobState.HELD), user, "project"))
    yield Card(
        "invoices_held",
        _("Invoices held"),
        count,
        _list(IssueJob, state__exact=JobState.HELD.value),
        _("Something is missing, so they are not issued yet."),
        "waiting" if count else "good",
    )


_GROUPS: tuple[tuple[str, Callable[[User | AnonymousUser], Iterator[Card]]], ...] = (
    ("payments.view_operatoritem", _items),
    ("payments.view_attempt", _in_doubt),
    ("payments.view_delivery", _callbacks),
    ("payments.view_inboxmessage", _inbox),
    ("payments.view_mail", _mails),
    ("invoices.view_issuejob", _invoices),
)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _list(model: type[Model], **filters: Any) -> str:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address
