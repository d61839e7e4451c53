"""Write a mail down: once per event, object, version and channel, in whatever transaction the caller has."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from paymenthub.kernel import clock, ids
from payments.models import Mail, MailAudience, MailChannel, MailState, Payment, Project
from payments.notifications import attachments
from payments.notifications.addressing import masked
from payments.notifications.envelope import Content, seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a mail is about, and which news about it."""

    event: str
    object_id: str
    version: str
    channel: MailChannel = MailChannel.EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """To whom a mail belongs."""

    project: Project
    mode: str
    audience: MailAudience
    payment: Payment | None = None
    answer_to: str = ""


def queue(key: Key, about: About, content: Content, *, language: str = "", template: str = "") -> Mail:
    """Write a mail that is to be sent now; the row that is there where it was written before."""
    now = clock.now()
    id = ids.new_uuid()
    waits = attachments.anybody() and about.audience is MailAudience.CUSTOMER
    mail = Mail(
        id=id,
        **_shared(key, about),
        language=language,
        template=template[:255],
        recipients_shown=masked((*content.to, *content.cc, *content.bcc)),
        content_sealed=seal(id, content),
        next_try_at=now,
        wait_until=now + timedelta(seconds=settings.MAIL_ATTACHMENT_WAIT) if waits else None,
    )
    return _insert(mail)


def skip(key: Key, about: About, reason: str) -> Mail:
    """Write down that a mail is not sent, and why."""
    mail = Mail(**_shared(key, about), state=MailState.SKIPPED, reason=reason[:255], decided_at=clock.now())
    return _insert(mail)


def _shared(key: Key, about: About) -> dict[str, object]:
    return {
        "project": about.project,
        "mode": about.mode,
        "payment": about.payment,
        "audience": about.audience,
        "answer_to": about.answer_to,
        "event": key.event[:64],
        "object_id": key.object_id[:64],
        "version": key.version[:64],
        "channel": key.channel,
    }


def _insert(mail: Mail) -> Mail:
    # The constraint decides, and not a look before: two workers may be at it.
    Mail.objects.bulk_create([mail], ignore_conflicts=True)
    return Mail.objects.get(event=mail.event, object_id=mail.object_id, version=mail.version, channel=mail.channel)
