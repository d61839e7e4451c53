"""One try of one mail: claim, attach, send, record, answer."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from paymenthub.kernel import clock, db
from payments.domain.attempt import ItemKind
from payments.models import Mail, MailAudience, MailState, MailTry, OperatorItem
from payments.notifications import attachments
from payments.notifications._result import Result, send
from payments.notifications._schedule import next_try
from payments.notifications.answers import answer
from payments.notifications.attachments import Readiness
from payments.notifications.envelope import Attached, ContentGone, message, unseal

logger = logging.getLogger(__name__)

LEASE_SECONDS = 180.0  # above the task's hard limit
_LOOK_AGAIN = timedelta(seconds=5)  # for an attachment that is not ready


def deliver(mail_id: UUID, *, tries: int) -> MailTry | None:
    """Send a mail once and record what came of it; None where it waits, is done, or another worker has it.

    `tries` says how often it had been tried when the work was handed out: of many messages about the same try one gets
    through. A worker that dies between the server's yes and its record leaves the mail due, and it is sent again under
    the same Message-ID.
    """
    mail = (
        Mail.objects.select_related("payment", "project").filter(pk=mail_id, state=MailState.DUE, tries=tries).first()
    )
    if mail is None:
        return None
    files = _attachments(mail)
    if files is None:
        Mail.objects.filter(pk=mail.pk, state=MailState.DUE, tries=tries).update(next_try_at=clock.now() + _LOOK_AGAIN)
        return None
    if not claim(mail_id, tries=tries):
        return None
    mail.tries += 1
    result = _send(mail, files)
    made = record(mail, result)
    answer(mail)
    return made


def claim(mail_id: UUID, *, tries: int) -> bool:
    """Take a mail for one try, in one statement."""
    due = Mail.objects.filter(pk=mail_id, state=MailState.DUE, tries=tries)
    return due.update(tries=F("tries") + 1, next_try_at=clock.now() + timedelta(seconds=LEASE_SECONDS)) == 1


def record(mail: Mail, result: Result) -> MailTry:
    """Keep what came of a try, and what follows from it."""
    now = clock.now()
    with db.durable():
        made = MailTry.objects.create(
            mail=mail,
            number=mail.tries,
            accepted=result.accepted,
            permanent=result.permanent,
            code=result.code,
            error=result.error,
            elapsed_ms=result.elapsed_ms,
        )
        row = Mail.objects.filter(pk=mail.pk)
        if result.accepted:
            row.update(state=MailState.SENT, next_try_at=None, decided_at=now, reason=result.error[:255])
        else:
            again = None
            if not result.permanent:
                again = next_try(failures=mail.tries, now=now, since=mail.created_at, retry_for=settings.MAIL_RETRY_FOR)
            # Only while this try is the last one: whoever took over after the lease decides, and a success stays.
            mine = row.filter(state=MailState.DUE, tries=mail.tries)
            if again is not None:
                mine.update(next_try_at=again)
            elif mine.update(state=MailState.FAILED, next_try_at=None, decided_at=now, reason=result.error[:255]):
                _ask_operator(mail, result)
    mail.refresh_from_db(fields=["state", "next_try_at", "decided_at", "reason", "answered_at"])
    _tell(mail, result)
    return made


def _send(mail: Mail, files: Iterable[Attached]) -> Result:
    try:
        content = unseal(mail)
    except ContentGone as gone:
        return Result(False, permanent=True, error=str(gone))
    built = message(mail, content, (*content.attachments, *files))
    db.release_connection()
    return send(built)


def _attachments(mail: Mail) -> list[Attached] | None:
    """Return what goes along; None where something is still waited for."""
    if mail.audience != MailAudience.CUSTOMER or mail.payment_id is None:
        return []
    offers = attachments.offers(mail)
    late = mail.wait_until is None or clock.now() >= mail.wait_until
    if not late and any(offer.readiness is Readiness.NOT_YET for offer in offers):
        return None
    return [file for offer in offers if offer.readiness is Readiness.READY for file in offer.files]


def _ask_operator(mail: Mail, result: Result) -> None:
    item = OperatorItem(
        project_id=mail.project_id,
        payment_id=mail.payment_id,
        kind=ItemKind.MAIL_FAILED,
        about=f"mail:{mail.pk.hex}",
        next_step="Read the tries of this mail. Mend the address or the mail server, then send it again.",
        evidence={"event": mail.event, "to": mail.recipients_shown, "code": result.code, "error": result.error},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)


def _tell(mail: Mail, result: Result) -> None:
    extra = {
        "event": mail.event,
        "retries": mail.tries,
        "status": result.code or "",
        "state": mail.state,
        "elapsed_ms": result.elapsed_ms,
    }
    level = logging.INFO if result.accepted else logging.WARNING
    logger.log(level, "Mail %s %s.", mail.pk.hex, "accepted" if result.accepted else "not accepted", extra=extra)
