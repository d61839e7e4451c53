"""Send a mail again."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paymenthub.kernel import db
from payments.models import AuditAction, AuditOutcome, Mail, MailState
from payments.notifications.resend import may_resend, resend
from payments.services.audit import FormClaim

from .base import Action
from .subject import Subject


class ResendAction(Action):
    """Send a mail again."""

    name, verb, icon = AuditAction.RESEND_MAIL, gettext_lazy("Send again"), "forward_to_inbox"
    permission = "payments.resend_mail"
    cannot = gettext_lazy("It is under way, was never to be sent, or its content was erased.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether there is anything to send."""
        return may_resend(_mail(subject))

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what goes out, and to whom."""
        mail = _mail(subject)
        again = _("as a new message") if mail.state == MailState.SENT else _("under its old Message-ID")
        return [
            _("«%(event)s» is sent once more to %(to)s, %(again)s.")
            % {"event": mail.event, "to": mail.recipients_shown, "again": again},
            _("Its content is what it was then, also where amounts have changed since."),
        ]

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return f"{self.name.label} · {_mail(subject).event}"

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Send it."""
        with db.durable():
            claim.take(None)
            sent = resend(_mail(subject))
            claim.finish(AuditOutcome.OK, _("It is sent as soon as a worker is free."), details={"mail": str(sent.pk)})


def _mail(subject: Subject) -> Mail:
    assert subject.mail is not None, "this action is about a mail"  # noqa: S101 - by construction
    return subject.mail
