"""Tell customers by mail of their subscriptions: what the engine tells of, and that a renewal is near."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.every import every
from payments.domain.subscription import State, Word
from payments.models import Mail, MailAudience, OutboxEvent, Project, Subscription, SubscriptionNotice
from payments.notifications import facts
from payments.notifications import writing as write
from payments.notifications.addressing import usable
from payments.notifications.compose import Facts
from payments.notifications.events import EVENTS
from payments.notifications.notify import channels_of, write_mail
from payments.notifications.profile import Profile, is_configured, profile_of
from payments.notifications.queue import About, Key
from payments.selectors.subscription_page_links import page_url

logger = logging.getLogger(__name__)

STARTED: Final = "subscription_started"
UPCOMING: Final = "subscription_renewal_upcoming"
FAILED: Final = "subscription_renewal_failed"
CANCELLED: Final = "subscription_cancelled"
KIND_OF: Final = {
    Word.ACTIVATED.value: STARTED,
    Word.PAST_DUE.value: FAILED,
    Word.ACTION_REQUIRED.value: FAILED,
    Word.CANCEL_REQUESTED.value: CANCELLED,
    Word.CANCELED.value: CANCELLED,
    Word.ABORTED.value: CANCELLED,
}
"""Which mail an event of a subscription means; the others mean none."""
_BATCH = 200


def note(events: Sequence[OutboxEvent]) -> None:
    """Note each event that a customer is to be told of; a subscriber of the outbox, so it inserts rows and no more."""
    relevant = [event for event in events if event.subscription_id is not None and event.type in KIND_OF]
    if not relevant:
        return
    subscriptions = Subscription.objects.in_bulk({event.subscription_id for event in relevant})
    _insert([(subscriptions[event.subscription_id], KIND_OF[event.type]) for event in relevant])  # type: ignore[index]


def note_upcoming() -> int:
    """Note the hub's own renewals that are SUBSCRIPTION_REMINDER_DAYS away or less, each once; return how many are new.

    What renews so often that a reminder would come with nearly every payment is left out.
    """
    days = settings.SUBSCRIPTION_REMINDER_DAYS
    if not days:
        return 0
    noted = SubscriptionNotice.objects.filter(
        subscription=OuterRef("pk"), kind=UPCOMING, version=OuterRef("next_payment_text")
    )
    near = (
        Subscription.objects.select_related("project")
        .filter(state=State.ACTIVE, run_by=RunBy.HUB, expire_requested=False, paused_at=None)
        .filter(_within(days), next_payment_on__isnull=False)
        .annotate(next_payment_text=Cast("next_payment_on", CharField()))
        .exclude(Exists(noted))
        .order_by("next_due_at")
    )
    return _insert([(row, UPCOMING, row.next_payment_on.isoformat()) for row in near[:_BATCH] if _is_rare(row, days)])


def tell_customers() -> int:
    """Write the mails of what was noted; return how many notices were done."""
    if not is_configured():
        return 0
    due = SubscriptionNotice.objects.filter(done_at=None).select_related("subscription__project").order_by("id")
    done = 0
    for notice in due[:_BATCH]:
        _tell(notice)
        done += SubscriptionNotice.objects.filter(pk=notice.pk, done_at=None).update(done_at=clock.now())
    return done
