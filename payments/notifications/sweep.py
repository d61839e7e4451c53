"""Look after mails: tell sagas that were not told, erase content whose time is over."""

import datetime as dt

from django.conf import settings

from paymenthub.kernel import clock
from payments.models import Mail, MailAudience, MailState
from payments.notifications.answers import answer, has_flow_manager

_BATCH = 500


def answer_again() -> int:
    """Tell sagas how their mails ended where a process died before it could, or nobody could be reached."""
    waiting = Mail.objects.exclude(state=MailState.DUE).filter(answered_at=None).exclude(answer_to="")
    if not has_flow_manager():
        waiting = waiting.exclude(answer_to__startswith="fm:")
    return sum(answer(mail) for mail in waiting.order_by("decided_at")[:_BATCH])


def erase_content() -> int:
    """Erase the sealed content of mails whose time is over; return of how many."""
    now = clock.now()
    api = now - dt.timedelta(hours=settings.MAIL_API_KEPT_HOURS)
    others = now - dt.timedelta(days=settings.MAIL_KEPT_DAYS)
    decided = Mail.objects.exclude(state=MailState.DUE).exclude(content_sealed="")
    erased = 0
    for rows in (
        decided.filter(audience=MailAudience.API, decided_at__lt=api),
        decided.exclude(audience=MailAudience.API).filter(decided_at__lt=others),
    ):
        erased += Mail.objects.filter(pk__in=rows.values_list("pk", flat=True)[:_BATCH]).update(content_sealed="")
    return erased
