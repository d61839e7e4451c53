"""Send a mail again, because a person wants it."""

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import Conflict, WrongState
from payments.models import Mail, MailChannel, MailState
from payments.notifications.envelope import ContentGone, seal, unseal


def may_resend(mail: Mail) -> bool:
    """Tell whether there is anything that can be sent again."""
    over = mail.state in (MailState.SENT, MailState.FAILED)
    return over and mail.channel == MailChannel.EMAIL and bool(mail.content_sealed)


def resend(mail: Mail) -> Mail:
    """Make a failed mail due again under its own Message-ID; of one that was sent, write a copy with another.

    Receivers drop what comes twice under one Message-ID: a copy that a person asks for must not look like that. Raises
    WrongState where it is under way or its content was erased, Conflict where somebody else does the same. Needs a
    transaction.
    """
    if not may_resend(mail):
        raise WrongState("This mail is under way, was never to be sent, or its content was erased.")
    now = clock.now()
    if mail.state == MailState.FAILED:
        changed = Mail.objects.filter(pk=mail.pk, state=MailState.FAILED).update(
            state=MailState.DUE, next_try_at=now, decided_at=None, reason=""
        )
        if not changed:
            raise Conflict("Somebody else has sent it again just now.")
        return mail
    try:
        content = unseal(mail)
    except ContentGone as gone:
        raise WrongState(str(gone)) from None
    base = mail.version.partition("#")[0][:56]
    same = Mail.objects.filter(event=mail.event, object_id=mail.object_id, channel=mail.channel)
    number = same.filter(version__startswith=f"{base}#").count() + 2
    id = ids.new_uuid()
    copy = Mail(
        id=id,
        project_id=mail.project_id,
        mode=mail.mode,
        payment_id=mail.payment_id,
        audience=mail.audience,
        channel=mail.channel,
        event=mail.event,
        object_id=mail.object_id,
        version=f"{base}#{number}",
        language=mail.language,
        template=mail.template,
        recipients_shown=mail.recipients_shown,
        content_sealed=seal(id, content),
        next_try_at=now,
    )
    Mail.objects.bulk_create([copy], ignore_conflicts=True)
    if not Mail.objects.filter(pk=copy.pk).exists():
        raise Conflict("Somebody else has sent it again just now.")
    return copy
