"""Tell customers by mail of their subscriptions: what the engine tells of, and that a renewal is near."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, When
from django.db.models.functions import Cast

from paymenthub.kernel import clock
from payments.domain.every import every
from payments.domain.subscription import RunBy, State, Word
from payments.models import Mail, MailAudience, Mode, OutboxEvent, Subscription, SubscriptionNotice
from payments.notifications import facts
from payments.notifications import writing as write
from payments.notifications.addressing import usable
from payments.notifications.compose import Facts
from payments.notifications.events import EVENTS
from payments.notifications.notify import channels_of, write_mail
from payments.notifications.profile import Profile, is_configured, profile_of
from payments.notifications.queue import About, Key
from payments.selectors.subscription_object import status_of
from payments.selectors.subscription_page_links import page_url
from providers.types import Interval, SubscriptionStatus

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
_FEWEST_DAYS = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28, Interval.YEAR: 365}
"""The fewest days of an interval."""


def note(events: Sequence[OutboxEvent]) -> None:
    """Note each event that a customer is to be told of; a subscriber of the outbox, so it inserts rows and no more."""
    _insert(
        (event.subscription_id, KIND_OF[event.type], _version(event, event.subscription_id))
        for event in events
        if event.subscription_id is not None and event.type in KIND_OF
    )


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
        Subscription.objects.filter(state=State.ACTIVE, run_by=RunBy.HUB, expire_requested=False, paused_at=None)
        .filter(_rare(days), next_payment_on__isnull=False)
        .annotate(until=Case(When(mode=Mode.TEST, then=F("project__clock_offset")), default=dt.timedelta(0)))
        .filter(next_due_at__lte=F("until") + (clock.now() + dt.timedelta(days=days)))
        .annotate(next_payment_text=Cast("next_payment_on", CharField()))
        .exclude(Exists(noted))
        .order_by("next_due_at")
        .values_list("pk", "next_payment_on")[:_BATCH]
    )
    return _insert((key, UPCOMING, on.isoformat()) for key, on in near if on is not None)


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


def facts_of(subscription: Subscription, event: str, profile: Profile) -> Facts:
    """Say what a customer is told about a subscription."""
    locale = write.locale_of(subscription.locale, profile.language)
    amount = subscription.amount if subscription.pending_amount is None else subscription.pending_amount
    upcoming = subscription.next_payment_on
    day = write.day(upcoming, locale) if upcoming is not None else ""
    ends = day if subscription.expire_requested and not subscription.has_ended else ""
    return Facts(
        event=EVENTS[event],
        locale=locale,
        shop_name=subscription.project.name,
        buyer_name=facts.text_in(subscription.buyer, "name"),
        link=page_url(subscription),
        values={
            "amount": write.money(amount, subscription.currency, locale),
            "subscription": write.line(subscription.description or subscription.shop_subscription_id),
            "interval": every(subscription.interval, subscription.interval_count, str(locale.language)),
            "next_payment": "" if ends else day,
            "ends": ends,
        },
        is_test=subscription.mode == Mode.TEST,
    )


def _tell(notice: SubscriptionNotice) -> list[Mail]:
    subscription = notice.subscription
    profile = profile_of(subscription.project_id)
    about = About(project=subscription.project, mode=subscription.mode, audience=MailAudience.CUSTOMER)
    return [
        write_mail(
            Key(event=notice.kind, object_id=subscription.id.hex, version=notice.version, channel=channel),
            about,
            facts_of(subscription, notice.kind, profile),
            profile,
            usable(facts.text_in(subscription.buyer, "email")),
            _why_not(notice, profile),
        )
        for channel in channels_of(subscription.additional_data)
    ]


def _why_not(notice: SubscriptionNotice, profile: Profile) -> str:
    """Say why a mail is not sent: switched off, or overtaken by what happened meanwhile."""
    subscription = notice.subscription
    if not profile.sender:
        return "no_sender"
    if not profile.customer_mails or notice.kind in profile.events_off:
        return "switched_off"
    if subscription.provider in settings.EMAIL_DISABLED_PROVIDERS:
        return "provider_sends_its_own"
    overtaken = {
        FAILED: subscription.has_ended or status_of(subscription) is SubscriptionStatus.ACTIVE,
        UPCOMING: subscription.has_ended or subscription.expire_requested or subscription.paused_at is not None,
        CANCELLED: not subscription.has_ended and not subscription.expire_requested,
    }
    return "overtaken" if overtaken.get(notice.kind, False) else ""


def _version(event: OutboxEvent, subscription_id: uuid.UUID) -> str:
    """Name the news: one mail for a failed renewal however often it is tried, one for an end however it came about."""
    told = event.body.get("metadata") or {}
    match KIND_OF[event.type]:
        case "subscription_renewal_failed":
            return f"period-{told.get('period', 0)}"
        case "subscription_cancelled":
            # The request and the end that it brings are one piece of news; after it was withdrawn the next is another.
            earlier = OutboxEvent.objects.filter(subscription_id=subscription_id, sequence__lt=event.sequence)
            withdrawn = earlier.filter(type=Word.CHANGED)
            return f"cancel-{withdrawn.filter(body__metadata__changed__contains='expireRequested').count()}"
        case _:
            return "1"


def _rare(days: int) -> Q:
    found = Q(pk__in=[])
    for interval, least in _FEWEST_DAYS.items():
        found |= Q(interval=interval, interval_count__gt=2 * days // least)
    return found


def _insert(news: Iterable[tuple[uuid.UUID, str, str]]) -> int:
    rows = [SubscriptionNotice(subscription_id=key, kind=kind, version=version) for key, kind, version in news]
    if not rows:
        return 0
    # The constraint decides: a batch of events may come again.
    SubscriptionNotice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
