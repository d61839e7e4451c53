"""Send mails in a worker, and look after them. The relay hands out what is due; a lost message is handed out again."""

from uuid import UUID

from celery import shared_task

from payments.notifications.deliver import deliver
from payments.notifications.staff import tell_staff
from payments.notifications.subscription_news import note_upcoming, tell_customers
from payments.notifications.sweep import answer_again, erase_content

from .periodic import once_per_slot

INTERVAL = 30.0


@shared_task(name="payments.send_mail", ignore_result=True, acks_late=True, soft_time_limit=140, time_limit=150)
def send_mail(mail_id: str, tries: int) -> None:
    """Send one mail once, if it was tried exactly `tries` times before."""
    deliver(UUID(mail_id), tries=tries)


@shared_task(name="payments.look_after_mails", ignore_result=True)
@once_per_slot("payments.look_after_mails", lambda: INTERVAL)
def look_after_mails() -> None:
    """Tell staff and customers what is new, tell sagas what they were not told, erase what is old."""
    tell_staff()
    note_upcoming()
    tell_customers()
    answer_again()
    erase_content()
