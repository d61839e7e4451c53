"""Send many callbacks again: chosen ones, or the newest of each chosen payment."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions.calling import ResendCallbackAction, why_not
from backoffice.actions.subject import Subject
from backoffice.models import BatchRow
from payments.models import Delivery, Payment

from . import payments
from .base import BulkKind, Judged

ON = "payments.delivery"


class BulkResendCallbacks(BulkKind):
    """Send the chosen callbacks again, in the order of their events."""

    name, title = "callbacks", gettext_lazy("Send callbacks again")
    verb, icon, on = gettext_lazy("Send again"), "outbox", ON
    permission = "payments.resend_delivery"
    action = ResendCallbackAction()

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge each."""
        rows = Delivery.objects.filter(pk__in=chosen.values("pk"))
        rows = rows.select_related("event__payment", "project", "endpoint").order_by("event_id", "pk")
        return [self.judged(row, user) for row in rows]

    def judged(self, row: Delivery, user: User) -> Judged:
        """Judge one."""
        return self.judge_one(
            Subject(row.event.payment, delivery=row),
            user,
            target=row.pk,
            named=f"{row.event.type} #{row.event.sequence}"[:255],
            payment_id=row.event.payment_id,
            why_not=why_not(row),
        )

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("Each is tried once more, as soon as a worker is free, in the order of the events."),
            _("They are the same events with the same webhook-ids, signed anew: who has one already can tell."),
            _("Where later events of a payment were sent meanwhile, their numbers tell which one is the newest."),
        ]

    def subject(self, row: BatchRow) -> Subject | None:
        """Read the callback as it is now."""
        found = Delivery.objects.select_related("event__payment", "project", "endpoint").filter(pk=row.target).first()
        return Subject(found.event.payment, delivery=found) if found is not None else None


class BulkResendNewest(BulkResendCallbacks):
    """Send the newest callback of each chosen payment again, to every address that it was for."""

    name, title, on = "newest_callbacks", gettext_lazy("Send the newest callbacks again"), payments.ON

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge the newest of each payment and address; a payment without any is named too."""
        rows = Delivery.objects.filter(event__payment__in=chosen.values("pk"))
        rows = rows.order_by("event__payment_id", "url", "-event__sequence").distinct("event__payment_id", "url")
        newest = rows.select_related("event__payment", "project", "endpoint")
        found = [(row.event.payment_id, self.judged(row, user)) for row in newest]
        known = {payment_id for payment_id, _row in found if payment_id is not None}
        silent = Payment.objects.filter(pk__in=chosen.values("pk")).exclude(pk__in=known)
        return [row for _id, row in sorted(found, key=lambda pair: str(pair[0]))] + [
            Judged(
                target=payment.pk,
                named=payment.shop_transaction_id[:255],
                project_id=payment.project_id,
                payment_id=payment.pk,
                why_not=_("Nothing was ever sent about it."),
            )
            for payment in silent
        ]
