"""Who is told of an event, and with which secrets it is signed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from payments.models import Delivery, OutboxEvent, Payment, Subscription, WebhookEndpoint
from payments.outbound.secrets import open_secrets


@dataclass(frozen=True, slots=True)
class Target:
    """An address, and the endpoint that it belongs to; None for the address of the payment, project or hub."""

    url: str
    endpoint_id: UUID | None


def own_address(about: Payment | Subscription) -> str:
    """Return where callbacks about this go beside the endpoints: its own address, its project's, or the hub's."""
    return about.callback_url or about.project.callback_url or str(settings.PAYMENT_CALLBACK_URL)


def find_targets(events: Iterable[OutboxEvent]) -> dict[UUID, list[Target]]:
    """Return the addresses of each event, by the event's id; an address that is named twice stands there once."""
    events = list(events)
    endpoints: dict[tuple[UUID, str], list[WebhookEndpoint]] = defaultdict(list)
    projects = {event.project_id for event in events}
    for endpoint in WebhookEndpoint.objects.filter(project_id__in=projects, enabled=True).order_by("id"):
        endpoints[endpoint.project_id, endpoint.mode].append(endpoint)
    return {event.id: _targets(event, endpoints[event.project_id, event.mode]) for event in events}


def signing_secrets(delivery: Delivery) -> list[str]:
    """Return the secrets of the delivery's address, of both owners where an endpoint is the payment's address too.

    Raises SealBroken where they cannot be opened.
    """
    endpoint, about = delivery.endpoint, delivery.event.about
    if endpoint is None:
        return open_secrets(about.project)
    if delivery.url == own_address(about):
        return open_secrets(endpoint) + open_secrets(about.project)
    return open_secrets(endpoint)


def _targets(event: OutboxEvent, endpoints: list[WebhookEndpoint]) -> list[Target]:
    wanted = [endpoint for endpoint in endpoints if not endpoint.event_types or event.type in endpoint.event_types]
    found: dict[str, Target] = {}
    for endpoint in wanted:
        found.setdefault(endpoint.url, Target(endpoint.url, endpoint.id))
    address = own_address(event.about)
    if address:
        found.setdefault(address, Target(address, None))
    return list(found.values())
