"""Send callbacks again: the same events with the same `webhook-id`, as new tries of the same deliveries."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from paymenthub.kernel import clock
from payments.models import Delivery, DeliveryState
from payments.outbound._claims import being_sent


def replay_deliveries(*, delivery_ids: Collection[UUID]) -> int:
    """Make these deliveries due at once, delivered ones too; return how many, those being sent left out."""
    return _make_due(Delivery.objects.filter(pk__in=delivery_ids))


def replay_range(*, project_id: UUID, mode: str, since: datetime, until: datetime) -> int:
    """Make due whatever a project's events from `since` to before `until` gave rise to; return how many."""
    return _make_due(
        Delivery.objects.filter(
            project_id=project_id, event__mode=mode, event__created_at__gte=since, event__created_at__lt=until
        )
    )


def replay_given_up(*, project_id: UUID, mode: str) -> int:
    """Make due all deliveries of a project that were given up; return how many."""
    return _make_due(Delivery.objects.filter(project_id=project_id, event__mode=mode, state=DeliveryState.GIVEN_UP))


def _make_due(deliveries: QuerySet[Delivery]) -> int:
    now = clock.now()
    chosen = deliveries.exclude(being_sent(now))
    return (
        Delivery.objects.filter(pk__in=chosen.values("pk"))
        .exclude(being_sent(now))
        .update(state=DeliveryState.DUE, next_try_at=now)
    )
