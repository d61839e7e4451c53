"""Refund, capture, cancel and check many payments."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions.ending import CancelAction
from backoffice.actions.knowing import CheckAction
from backoffice.actions.money import CaptureAction, RefundAction, who
from backoffice.actions.subject import Subject, of_payment
from backoffice.four_eyes import LimitedClaim
from backoffice.models import BatchRow
from backoffice.payment_page import subject_of
from paymenthub.kernel.money import Money
from payments.models import Attempt, Payment
from payments.services.audit import FormClaim

from .base import BulkKind, Judged, RefundBulkForm

ON = "payments.payment"


class _OnPayments(BulkKind):
    """What bulk actions on payments share."""

    on = ON

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge each by its amounts and attempts, oldest payment first."""
        attempts = Attempt.objects.select_related("provider_account", "refund").order_by("id")
        rows = Payment.objects.filter(pk__in=chosen.values("pk")).select_related("project", "provider_account")
        rows = rows.prefetch_related(Prefetch("attempts", attempts)).order_by("id")
        return [self._judged(of_payment(row, list(row.attempts.all())), user) for row in rows]

    def subject(self, row: BatchRow) -> Subject | None:
        """Read the payment as it is now."""
        found = Payment.objects.select_related("project", "provider_account").filter(pk=row.target).first()
        return subject_of(found) if found is not None else None

    def moved(self, subject: Subject) -> int:
        """Return what would move, in minor units."""
        return 0

    def why_not(self, subject: Subject) -> str:
        """Say why it is left out, where the single action's own words would not do."""
        return ""

    def _judged(self, subject: Subject, user: User) -> Judged:
        payment = subject.paid
        return self.judge_one(
            subject,
            user,
            target=payment.pk,
            named=payment.shop_transaction_id[:255],
            payment_id=payment.pk,
            amount=self.moved(subject),
            currency=payment.currency,
            why_not=self.why_not(subject),
        )


class BulkRefund(_OnPayments):
    """Refund what is left of each."""

    name, title, verb, icon = "refund", gettext_lazy("Refund payments"), gettext_lazy("Refund"), "undo"
    permission, form = "payments.refund_payment", RefundBulkForm
    dangerous, moves_money = True, True
    action: ClassVar[RefundAction] = RefundAction()

    def moved(self, subject: Subject) -> int:
        """Return all that is left."""
        return subject.possible.refund

    def why_not(self, subject: Subject) -> str:
        """Tell the ways apart in which nothing can be refunded."""
        payment = subject.paid
        if payment.captured == 0:
            return _("Nothing was captured.")
        if payment.charged_back > 0:
            return _("The customer's bank has taken money back: refund it by itself.")
        if payment.refundable <= 0:
            return _("Nothing is left to refund.")
        return ""

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("All that is left of each payment goes back to its customer."),
            _("A payment of which something else is left by then is refused, and told in its row."),
            _("A refund cannot be taken back."),
        ]

    def act(self, row: BatchRow, subject: Subject, claim: FormClaim) -> None:
        """Refund what was shown, within the person's limit."""
        data = {"amount": Money(row.amount, row.currency), "reason": row.batch.reason, "note": row.batch.note}
        released = row.batch.approved_by_id is not None
        self.action.give_back(subject, data, LimitedClaim(claim, who(subject).pk, released), row.amount)


class BulkCapture(_OnPayments):
    """Capture all that is held of each."""

    name, title, verb, icon = "capture", gettext_lazy("Capture payments"), gettext_lazy("Capture"), "download"
    permission, dangerous, moves_money = "payments.capture_payment", True, True
    action = CaptureAction()

    def moved(self, subject: Subject) -> int:
        """Return what is held."""
        return subject.possible.capture

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("All that is held of each payment is taken from its customer."),
            _("What is taken can only go back by a refund."),
        ]

    def data(self, row: BatchRow) -> dict[str, Any]:
        """Take what was shown, as the last capture."""
        return {"amount": Money(row.amount, row.currency), "final": "yes"}


class BulkCancel(_OnPayments):
    """Cancel each."""

    name, title, verb, icon = "cancel", gettext_lazy("Cancel payments"), gettext_lazy("Cancel"), "block"
    permission, dangerous, moves_money = "payments.cancel_payment", True, True
    action = CancelAction()

    def moved(self, subject: Subject) -> int:
        """Return what is released or not paid any more."""
        return subject.possible.cancel

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("Held money is released and cannot be captured any more; what was captured stays."),
            _("Where a customer has not paid yet, the payment page is closed. Who has just paid stays paid."),
        ]


class BulkCheck(_OnPayments):
    """Ask the providers about each."""

    name, title, verb, icon = "check", gettext_lazy("Check payments"), gettext_lazy("Check"), "sync"
    permission = "payments.check_payment"
    action = CheckAction()

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("Each payment's provider is asked about what is undecided; what it answers is recorded."),
            _("Nothing is done twice, and no answer changes nothing."),
        ]
