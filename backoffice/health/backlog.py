"""What waits to be worked off, and for how long the oldest of it: each number over a partial index."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.models import IssueJob
from invoices.models.issue_job import JobState
from paymenthub.kernel import clock
from payments.models import (
    Delivery,
    DeliveryState,
    InboxMessage,
    InboxState,
    Mail,
    MailState,
    OutboxEvent,
    SagaCommand,
    SagaCommandState,
)

from .check import Check, Group, Light, aged, light_of, span

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """A backlog: its rows, and the ages in seconds from which it is amber and red."""

    name: Words
    rows: QuerySet[Any]
    amber: float
    red: float
    step: Words
    page: str = ""
    permission: str = ""


def backlog(user: User | AnonymousUser) -> Group:
    """Count what waits in the whole hub; whoever may open the list behind a number gets the way there."""
    return Group(_("What waits"), (*(_check(user, line) for line in _lines()), _failed_steps(user)))


def _lines() -> list[Line]:
    return [
        Line(
            gettext_lazy("Events that the relay has not handed on"),
            OutboxEvent.objects.filter(published_at=None),
            60,
            600,
            gettext_lazy("Start the relay: manage.py relay. Callbacks and mails wait until it runs."),
        ),
        Line(
            gettext_lazy("Callbacks not taken by the order system"),
            Delivery.objects.filter(state=DeliveryState.DUE),
            900,
            21600,
            gettext_lazy("Open them: each try says what the order system answered."),
            "payments_delivery_changelist",
            "payments.view_delivery",
        ),
        Line(
            gettext_lazy("Notifications not looked at yet"),
            InboxMessage.objects.filter(state=InboxState.NEW),
            120,
            1800,
            gettext_lazy("Are workers running? Does the provider answer?"),
            "payments_inboxmessage_changelist",
            "payments.view_inboxmessage",
        ),
        Line(
            gettext_lazy("Notifications that match nothing"),
            InboxMessage.objects.filter(state=InboxState.UNMATCHED),
            3600,
            86400,
            gettext_lazy("Open them: look again, or say that they are not ours."),
            "payments_inboxmessage_changelist",
            "payments.view_inboxmessage",
        ),
        Line(
            gettext_lazy("Steps of sagas not carried out"),
            SagaCommand.objects.filter(state=SagaCommandState.DUE),
            300,
            3600,
            gettext_lazy("Open them: the last tries say why."),
            "payments_sagacommand_changelist",
            "payments.view_sagacommand",
        ),
        Line(
            gettext_lazy("Mails not taken by the mail server"),
            Mail.objects.filter(state=MailState.DUE),
            600,
            7200,
            gettext_lazy("Is the mail server reachable? Each mail shows its tries."),
            "payments_mail_changelist",
            "payments.view_mail",
        ),
        Line(
            gettext_lazy("Invoices held"),
            IssueJob.objects.filter(state=JobState.HELD),
            86400,
            604800,
            gettext_lazy("Complete the issuer, or ask the order system for the lines that are missing."),
            "invoices_issuejob_changelist",
            "invoices.view_issuejob",
        ),
    ]


def _check(user: User | AnonymousUser, line: Line) -> Check:
    found = line.rows.order_by().aggregate(count=Count("pk"), oldest=Min("created_at"))
    limit = aged(amber=line.amber, red=line.red)
    url = reverse(f"admin:{line.page}") if line.page and user.has_perm(line.permission) else ""
    if not found["count"]:
        return Check(str(line.name), _("none"), Light.GREEN, limit, url=url)
    age = max(0.0, (clock.now() - found["oldest"]).total_seconds())
    value = _("%(count)d, the oldest for %(age)s") % {"count": found["count"], "age": span(age)}
    light = light_of(age, amber=line.amber, red=line.red)
    return Check(str(line.name), value, light, limit, str(line.step), url)


def _failed_steps(user: User | AnonymousUser) -> Check:
    count = SagaCommand.objects.filter(state=SagaCommandState.FAILED).count()
    url = reverse("admin:payments_sagacommand_changelist") + "?state__exact=failed"
    return Check(
        _("Steps of sagas that were given up"),
        str(count) if count else _("none"),
        light_of(count, amber=1, red=50),
        _("amber from 1, red from 50"),
        _("Open them, mend what is wrong, and have them tried again."),
        url if user.has_perm("payments.view_sagacommand") else "",
    )
