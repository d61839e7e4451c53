"""Cancel, pause and resume many subscriptions."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions.subject import Subject
from backoffice.actions.subscriptions import (
    CancelSubscriptionAction,
    PauseSubscriptionAction,
    ResumeSubscriptionAction,
)
from backoffice.models import BatchRow
from payments.models import Subscription

from .base import BulkKind, EndBulkForm, Judged

ON = "payments.subscription"


class _OnSubscriptions(BulkKind):
    """What bulk actions on subscriptions share."""

    on, permission = ON, "payments.cancel_subscription"

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge each, oldest first."""
        rows = Subscription.objects.filter(pk__in=chosen.values("pk")).select_related("project").order_by("pk")
        return [
            self.judge_one(
                Subject(None, subscription=row),
                user,
                target=row.pk,
                named=row.shop_subscription_id[:255],
                amount=row.amount,
                currency=row.currency,
            )
            for row in rows
        ]

    def subject(self, row: BatchRow) -> Subject | None:
        """Read the subscription as it is now."""
        found = Subscription.objects.select_related("project").filter(pk=row.target).first()
        return Subject(None, subscription=found) if found is not None else None


class BulkCancelSubscriptions(_OnSubscriptions):
    """End each."""

    name, title = "cancel_subscriptions", gettext_lazy("Cancel subscriptions")
    verb, icon, dangerous = gettext_lazy("Cancel"), "block", True
    form = EndBulkForm
    action = CancelSubscriptionAction()

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("Each is charged no more. It ends on its renewal day, or now: choose below."),
            _("What was paid stays paid; refund it by itself."),
        ]

    def data(self, row: BatchRow) -> dict[str, Any]:
        """Say when."""
        return {"at_once": bool(row.batch.options.get("at_once"))}


class BulkPauseSubscriptions(_OnSubscriptions):
    """Pause each."""

    name, title = "pause_subscriptions", gettext_lazy("Pause subscriptions")
    verb, icon = gettext_lazy("Pause"), "pause"
    action = PauseSubscriptionAction()

    def effect(self) -> list[str]:
        """Say it."""
        return [_("Each is not charged until it is resumed; what falls due meanwhile never is.")]


class BulkResumeSubscriptions(_OnSubscriptions):
    """Resume each."""

    name, title = "resume_subscriptions", gettext_lazy("Resume subscriptions")
    verb, icon = gettext_lazy("Resume"), "play_arrow"
    action = ResumeSubscriptionAction()

    def effect(self) -> list[str]:
        """Say it."""
        return [_("Each is charged again from its next date on. The anchor day stays.")]
