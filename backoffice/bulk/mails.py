"""Send many mails again: chosen ones, or the newest of each chosen payment."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions.mailing import ResendAction
from backoffice.actions.subject import Subject
from backoffice.models import BatchRow
from payments.models import Mail, MailAudience, Payment

from . import payments
from .base import BulkKind, Judged

ON = "payments.mail"


class BulkResendMails(BulkKind):
    """Send the chosen mails again."""

    name, title = "mails", gettext_lazy("Send mails again")
    verb, icon, on = gettext_lazy("Send again"), "forward_to_inbox", ON
    permission = "payments.resend_mail"
    action = ResendAction()

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge each, oldest first."""
        rows = Mail.objects.filter(pk__in=chosen.values("pk")).select_related("payment", "project").order_by("pk")
        return [self.judged(row, user) for row in rows]

    def judged(self, row: Mail, user: User) -> Judged:
        """Judge one."""
        return self.judge_one(
            Subject(row.payment, mail=row),
            user,
            target=row.pk,
            named=f"{row.event} · {row.recipients_shown}"[:255],
            payment_id=row.payment_id,
        )

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _("Each is sent once more to whom it was for, with its content as it was then."),
            _("One that failed keeps its Message-ID; one that arrived goes out as a new message."),
        ]

    def subject(self, row: BatchRow) -> Subject | None:
        """Read the mail as it is now."""
        found = Mail.objects.select_related("payment", "project").filter(pk=row.target).first()
        return Subject(found.payment, mail=found) if found is not None else None


class BulkResendNewestMail(BulkResendMails):
    """Send the newest mail to the customer of each chosen payment again."""

    name, title, on = "newest_mails", gettext_lazy("Send the newest mails to customers again"), payments.ON

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge the newest of each payment; a payment without any is named too."""
        rows = Mail.objects.filter(payment__in=chosen.values("pk"), audience=MailAudience.CUSTOMER)
        rows = rows.order_by("payment_id", "-pk").distinct("payment_id").select_related("payment", "project")
        found = [self.judged(row, user) for row in rows]
        silent = Payment.objects.filter(pk__in=chosen.values("pk"))
        silent = silent.exclude(pk__in=[row.payment_id for row in found]).order_by("pk")
        return found + [
            Judged(
                target=payment.pk,
                named=payment.shop_transaction_id[:255],
                project_id=payment.project_id,
                payment_id=payment.pk,
                why_not=_("Its customer was never sent a mail."),
            )
            for payment in silent
        ]
