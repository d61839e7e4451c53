"""Tell staff by mail of what waits for a person: found by looking, so that nothing is lost and nothing told twice."""

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef

from paymenthub.kernel import clock
from payments.models import (
    Delivery,
    DeliveryState,
    DeliveryTry,
    Mail,
    MailAudience,
    MailState,
    Mode,
    OperatorItem,
    WebhookEndpoint,
)
from payments.notifications import facts
from payments.notifications.compose import Facts, compose
from payments.notifications.envelope import Content
from payments.notifications.events import EVENTS, STAFF_EVENT_OF_KIND, MailEvent
from payments.notifications.notify import own_source
from payments.notifications.profile import Profile, is_configured, profile_of
from payments.notifications.queue import About, Key, queue, skip

_YOUNG = dt.timedelta(days=3)  # what is older was there before mails were set up
_BATCH = 200


def tell_staff() -> int:
    """Write the mails about new operator items and dead endpoints; return how many were written."""
    if not is_configured():
        return 0
    return _about_items() + _about_endpoints()


def _about_items() -> int:
    items = (
        OperatorItem.objects.filter(kind__in=STAFF_EVENT_OF_KIND, resolved_at=None, created_at__gt=clock.now() - _YOUNG)
        .select_related("project", "payment")
        .order_by("id")
    )
    told = set(
        Mail.objects.filter(
            audience=MailAudience.STAFF, object_id__in=[item.pk.hex for item in items], version="1"
        ).values_list("object_id", flat=True)
    )
    new = [item for item in items if item.pk.hex not in told][:_BATCH]
    for item in new:
        event = EVENTS[STAFF_EVENT_OF_KIND[item.kind]]
        profile = profile_of(item.project_id)
        key = Key(event=event.name, object_id=item.pk.hex, version="1")
        about = About(
            project=item.project,
            mode=item.payment.mode if item.payment else Mode.LIVE,
            audience=MailAudience.STAFF,
            payment=item.payment,
        )
        _write(key, about, facts.of_item(item, event, profile), event, profile)
    return len(new)


def _about_endpoints() -> int:
    waiting = DeliveryTry.objects.filter(
        delivery__endpoint=OuterRef("pk"), error="endpoint_disabled", created_at__gt=clock.now() - _YOUNG
    )
    written = 0
    for endpoint in WebhookEndpoint.objects.filter(Exists(waiting), enabled=False).select_related("project"):
        event, profile = EVENTS["staff_dead_endpoint"], profile_of(endpoint.project_id)
        # An endpoint that comes back and dies again is news: it has taken another callback in between.
        last = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.DELIVERED).order_by("-id").first()
        key = Key(event=event.name, object_id=endpoint.pk.hex, version=f"after-{last.pk.hex if last else 'none'}")
        if Mail.objects.filter(event=key.event, object_id=key.object_id, version=key.version).exists():
            continue
        about = About(project=endpoint.project, mode=endpoint.mode, audience=MailAudience.STAFF)
        _write(key, about, facts.of_endpoint(endpoint, event, profile), event, profile)
        written += 1
    return written


def _write(key: Key, about: About, said: Facts, event: MailEvent, profile: Profile) -> Mail:
    if not profile.staff_to or not profile.sender:
        return skip(key, about, "nobody_to_tell" if profile.sender else "no_sender")
    if event.name in profile.events_off:
        return skip(key, about, "switched_off")
    hour_ago = clock.now() - dt.timedelta(hours=1)
    lately = Mail.objects.filter(project=about.project, event=event.name, created_at__gt=hour_ago)
    if lately.exclude(state=MailState.SKIPPED).count() >= settings.MAIL_STAFF_PER_HOUR:
        return skip(key, about, "too_many_in_an_hour")
    source, number = own_source(about.project, event.name, said.language)
    made = compose(said, source)
    content = Content(sender=profile.sender, to=profile.staff_to, subject=made.subject, text=made.text, html=made.html)
    used = f"project, version {number}" if number and not made.note else "hub"
    return queue(key, about, content, language=said.language, template=used)
