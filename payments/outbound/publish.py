"""From events to deliveries."""

from paymenthub.kernel import clock, db
from payments import locks, outbox
from payments.models import Delivery, OutboxEvent
from payments.outbound.targets import find_targets


def publish_due(limit: int = 200) -> int:
    """Make the deliveries of up to `limit` events and mark the events published; return how many were.

    The events of one payment are published in their order, one a call; another payment never waits for them. Any number
    of processes may do this at the same time.
    """
    with db.durable():
        events = locks.unpublished_events(limit)
        if not events:
            return 0
        now = clock.now()
        targets = find_targets(events)
        deliveries = [
            Delivery(
                project_id=event.project_id,
                event=event,
                endpoint_id=target.endpoint_id,
                url=target.url,
                next_try_at=now,
            )
            for event in events
            for target in targets[event.id]
        ]
        # An event that is published a second time, by hand, keeps the deliveries it has.
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        outbox.tell_subscribers(events)
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(published_at=now)
        return len(events)
