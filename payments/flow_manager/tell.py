"""One try to tell an outside Flow Manager an event: claim, send, record. It is tried until it is taken."""

import datetime as dt
import logging
import uuid
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import ProviderUnavailable
from paymenthub.kernel.http import TransportError
from payments.attempts import breaker
from payments.domain.attempt import ItemKind
from payments.models import FlowEvent, OperatorItem

from ._claims import claim_event, next_try
from ._http import post_event

logger = logging.getLogger(__name__)

_ITSELF = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, 429})
"""Answers below 500 that say something of the Flow Manager and nothing of the event."""


def tell(event_id: uuid.UUID, *, tries: int | None = None) -> bool:
    """Send an event once; True where it was taken by this try. `tries`: how often it was tried when handed out."""
    event = claim_event(event_id, tries=tries)
    if event is None:
        return False
    status, error = _send(event)
    taken = status is not None and 200 <= status < 300
    row = FlowEvent.objects.filter(pk=event.pk, taken_at=None)
    if taken:
        row.update(taken_at=clock.now(), next_try_at=None, status=status, error="")
    else:
        row.filter(tries=event.tries).update(next_try_at=next_try(event.tries), status=status, error=error[:255])
        _alarm(event, status, error)
    level = logging.INFO if taken else logging.WARNING
    extra = {"saga": event.saga_id, "label": event.label, "status": status or error, "retries": event.tries}
    logger.log(level, "Flow Manager event %s.", "taken" if taken else "not taken", extra=extra)
    return taken


def next_of(event_id: uuid.UUID) -> tuple[uuid.UUID, int] | None:
    """Return the event of the same saga that waits for this one to be taken, with its tries."""
    event = FlowEvent.objects.get(pk=event_id)
    rest = FlowEvent.objects.filter(
        project_id=event.project_id, mode=event.mode, saga_id=event.saga_id, taken_at=None, number__gt=event.number
    )
    return rest.order_by("number").values_list("pk", "tries").first()


def _send(event: FlowEvent) -> tuple[int | None, str]:
    if not settings.FLOW_MANAGER_URL:
        return None, "FLOW_MANAGER_URL is not set"
    envelope = {"key": event.saga_id, "value": {"messageLabel": event.label, "messagePayload": event.payload}}
    # One breaker for the whole Flow Manager: while it is away its events must not keep every worker waiting.
    service = uuid.uuid5(uuid.NAMESPACE_URL, settings.FLOW_MANAGER_URL)
    db.release_connection()
    try:
        with breaker.admitted(service):
            response = post_event(event_id=event.public_id, envelope=envelope)
    except ProviderUnavailable:
        return None, "not tried: it did not answer others"
    except TransportError as error:
        breaker.record(service, answered=False)
        return None, error.cause_name
    breaker.record(service, answered=response.status < 500)
    return response.status, f"HTTP {response.status}"


def _alarm(event: FlowEvent, status: int | None, error: str) -> None:
    """Tell an operator of what is not taken for long: once of a Flow Manager that is away, else of the saga."""
    if clock.now() - event.created_at < dt.timedelta(seconds=settings.FLOW_MANAGER_ALARM_AFTER):
        return
    refused = status is not None and 400 <= status < 500 and status not in _ITSELF
    host = urlsplit(settings.FLOW_MANAGER_URL).netloc
    about = f"saga:{event.saga_id}" if refused else f"flow-manager:{host}"
    step = (
        "The Flow Manager refuses this event; the saga's later events wait behind it. Look the saga up there."
        if refused
        else "The Flow Manager does not take events. Check FLOW_MANAGER_URL, FLOW_MANAGER_SECRET and the service itself."
    )
    item = OperatorItem(
        project_id=event.project_id,
        payment_id=event.payment_id if refused else None,
        kind=ItemKind.FLOW_MANAGER,
        about=about[:128],
        next_step=f"{step} Everything is sent on until it is taken.",
        evidence={"event": event.label, "eventId": event.public_id, "answer": error, "tries": event.tries},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # open once, by its unique constraint
