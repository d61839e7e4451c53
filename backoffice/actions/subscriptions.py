"""Cancel, pause and resume a subscription, and put a test project's clock forward."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldBooleanWidget

from paymenthub.kernel import db
from payments.domain.every import every
from payments.domain.subscription import RunBy, State
from payments.models import AuditAction, AuditOutcome, Project, Subscription
from payments.selectors.explain import amount
from payments.selectors.project_clock import project_now
from payments.services.audit import FormClaim
from payments.services.operate import by_operator
from payments.services.subscriptions.cancel import cancel, withdraw
from payments.services.subscriptions.pause import pause
from payments.services.subscriptions.resume import resume
from payments.services.subscriptions.test_clock import advance

from .base import Action
from .forms import ReasonForm
from .subject import Subject


class _OnSubscription(Action):
    """What actions on a subscription share."""

    permission = "payments.cancel_subscription"
    cannot = gettext_lazy("This is not possible as the subscription stands now.")

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return f"{self.name.label} · {_row(subject).shop_subscription_id}"

    def carry_out(self, subject: Subject, claim: FormClaim, work: Callable[[], Subscription]) -> None:
        """Write down that it began, do it, and write down how the subscription stands then."""
        before = _standing(_row(subject))
        with db.durable():
            claim.take(None)
        after = work()
        with db.durable():
            claim.finish(AuditOutcome.OK, _said(after), details={"before": before, "after": _standing(after)})


class CancelSubscriptionForm(ReasonForm):
    """When it ends."""

    at_once = forms.BooleanField(
        label=gettext_lazy("End it now, and not on the renewal day"), required=False, widget=UnfoldBooleanWidget()
    )
    field_order = ["at_once"]


class CancelSubscriptionAction(_OnSubscription):
    """End a subscription."""

    name, verb, icon = AuditAction.CANCEL_SUBSCRIPTION, gettext_lazy("Cancel subscription"), "block"
    form, two_steps, dangerous = CancelSubscriptionForm, True, True

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether there is anything to end, or to end sooner."""
        return not _row(subject).has_ended

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say when it ends and what is charged no more."""
        row = _row(subject)
        on = date_format(row.next_payment_on, "d F Y") if row.next_payment_on else _("its renewal day")
        if data is None:
            return [
                _("%(terms)s will be charged no more.") % {"terms": _terms(row)},
                _("It ends on the renewal day, or now: choose below."),
            ]
        when = (
            _("It ends now.") if data.get("at_once") else _("It stays active until %(on)s and ends then.") % {"on": on}
        )
        return [
            when,
            _("%(terms)s will be charged no more.") % {"terms": _terms(row)},
            _("What was paid stays paid; refund it by itself."),
            _mode(row),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Cancel."""
        row, at_once = _row(subject), bool(data.get("at_once"))
        self.carry_out(subject, claim, lambda: cancel(row.id, at_once=at_once, by=by_operator(claim)))


class PauseSubscriptionAction(_OnSubscription):
    """Stop charging."""

    name, verb, icon = AuditAction.PAUSE_SUBSCRIPTION, gettext_lazy("Pause"), "pause"
    cannot = gettext_lazy("Only an active subscription that this hub or the shop charges can be paused.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it is being charged by us."""
        row = _row(subject)
        return row.state == State.ACTIVE and row.paused_at is None and row.run_by != RunBy.PROVIDER

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what stops."""
        row = _row(subject)
        return [
            _("%(terms)s is not charged until it is resumed; what falls due meanwhile never is.")
            % {"terms": _terms(row)},
            _mode(row),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Pause."""
        row = _row(subject)
        self.carry_out(subject, claim, lambda: pause(row.id, by=by_operator(claim)))


class ResumeSubscriptionAction(_OnSubscription):
    """Go on charging."""

    name, verb, icon = AuditAction.RESUME_SUBSCRIPTION, gettext_lazy("Resume"), "play_arrow"
    cannot = gettext_lazy("It is neither paused nor waiting for its end.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether a pause, or a cancellation that has not taken effect, can be taken back."""
        row = _row(subject)
        waits = row.expire_requested and row.run_by != RunBy.PROVIDER
        return not row.has_ended and (row.paused_at is not None or waits)

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what begins again."""
        row = _row(subject)
        return [
            _("%(terms)s is charged again from its next date on. The anchor day stays.") % {"terms": _terms(row)},
            _mode(row),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Resume."""
        row, by = _row(subject), by_operator(claim)

        def work() -> Subscription:
            if row.expire_requested:
                withdraw(row.id, by=by)
            return resume(row.id, by=by)

        self.carry_out(subject, claim, work)


class AdvanceForm(ReasonForm):
    """To which moment."""

    to = forms.SplitDateTimeField(label=gettext_lazy("New time (UTC)"), widget=UnfoldAdminSplitDateTimeWidget())
    field_order = ["to"]


class AdvanceClockAction(Action):
    """Put a test project's clock forward."""

    name, verb, icon = AuditAction.ADVANCE_CLOCK, gettext_lazy("Put the test clock forward"), "schedule"
    permission, form = "payments.advance_test_clock", AdvanceForm

    def is_possible(self, subject: Subject) -> bool:
        """Tell that it always can."""
        return True

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return f"{self.name.label} · {_project(subject).name}"

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what time it is, and what follows."""
        now = project_now(_project(subject), "test")
        return [
            _("In this project's test mode it is %(now)s UTC.") % {"now": f"{now:%Y-%m-%d %H:%M}"},
            _(
                "Renewals that fall due until the new time are charged on the way, and the sandbox provider's clock goes along."
            ),
            _("After 500 of them it stops where it is: put it forward again."),
            _("It never goes back. Live mode has the real time, always."),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Put it forward."""
        project = _project(subject)
        with db.durable():
            claim.take(None)
        moved = advance(project.id, to=data["to"])
        now = project_now(moved, "test")
        with db.durable():
            claim.finish(AuditOutcome.OK, _("In test mode it is now %(now)s UTC.") % {"now": f"{now:%Y-%m-%d %H:%M}"})


def _row(subject: Subject) -> Subscription:
    assert subject.subscription is not None, "this action is about a subscription"  # noqa: S101 - by construction
    return subject.subscription


def _project(subject: Subject) -> Project:
    assert subject.clock_of is not None, "this action is about a project"  # noqa: S101 - by construction
    return subject.clock_of


def _terms(row: Subscription) -> str:
    return f"{amount(row.amount, row.currency)} {every(row.interval, row.interval_count, get_language() or 'en')}"


def _mode(row: Subscription) -> str:
    return _("This is real money.") if row.mode == "live" else _("This is test mode: no real money moves.")


def _standing(row: Subscription) -> str:
    words = [
        row.state,
        *([_("ends on its renewal day")] if row.expire_requested else []),
        *(["paused"] if row.paused_at else []),
    ]
    return ", ".join(words)


def _said(row: Subscription) -> str:
    return _("It stands as %(standing)s.") % {"standing": _standing(row)}
