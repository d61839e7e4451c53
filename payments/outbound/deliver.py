"""One try of one callback: claim, send, record."""

import logging
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from paymenthub.kernel import clock, db, log
from paymenthub.kernel.crypto import SealBroken
from payments.models import Delivery, DeliveryState, DeliveryTry
from payments.outbound._claims import claim_delivery
from payments.outbound._post import Answer, post
from payments.outbound.envelope import render
from payments.outbound.guard import Resolver, TargetRefused, resolve
from payments.outbound.schedule import next_try
from payments.outbound.sign import InvalidSecret, signed_headers
from payments.outbound.targets import signing_secrets

logger = logging.getLogger(__name__)

_LEASE_MARGIN = 120.0  # seconds beyond CALLBACK_TIMEOUT: above the task's hard limit, and name look-up has its own time


def deliver(
    delivery_id: UUID, *, tries: int | None = None, force: bool = False, look_up: Resolver | None = None
) -> DeliveryTry | None:
    """Send a callback once and record what came of it; None where it is not due, done, or another worker has it.

    `tries` says how often it had been tried when the work was handed out: a message that comes late or twice finds
    another number and does nothing. `force` sends in any state. The same event may arrive more than once, always with
    the same `webhook-id`: a worker that dies between the answer and its record sends it again.
    """
    lease = float(settings.CALLBACK_TIMEOUT) + _LEASE_MARGIN
    if not claim_delivery(delivery_id, now=clock.now(), lease_seconds=lease, tries=tries, force=force):
        return None
    delivery = Delivery.objects.select_related(
        "event__payment__project", "event__subscription__project", "endpoint"
    ).get(pk=delivery_id)
    with log.bind(payment_id=delivery.event.about.public_id):
        answer = _send(delivery, look_up)
        return _record(delivery, answer)


def _send(delivery: Delivery, look_up: Resolver | None) -> Answer:
    """Try it; what hinders the hub itself is an answer too, so that it is kept, shown and tried again."""
    if delivery.endpoint is not None and not delivery.endpoint.enabled:
        return Answer(error="endpoint_disabled")
    try:
        secrets = signing_secrets(delivery)
        body = render(delivery.event)
        timestamp = int(clock.now().timestamp())
        headers = signed_headers(secrets=secrets, message_id=delivery.event.public_id, timestamp=timestamp, body=body)
        db.release_connection()
        addresses = resolve(delivery.url, look_up=look_up)
    except SealBroken:
        return Answer(error="secret_unreadable")
    except InvalidSecret:
        return Answer(error="secret_missing")
    except TargetRefused as refused:
        return Answer(error=refused.code)
    # Another of the host's addresses each time: one that does not answer costs one try and not all of them.
    return post(delivery.url, address=addresses[(delivery.tries - 1) % len(addresses)], headers=headers, body=body)


def _record(delivery: Delivery, answer: Answer) -> DeliveryTry:
    with db.durable():
        made = DeliveryTry.objects.create(
            delivery=delivery,
            number=delivery.tries,
            status=answer.status,
            error=answer.error[:255],
            elapsed_ms=answer.elapsed_ms,
            response=answer.response,
        )
        row = Delivery.objects.filter(pk=delivery.pk)
        if answer.accepted:
            state = DeliveryState.DELIVERED
            row.update(state=state, next_try_at=None, delivered_at=clock.now())
        else:
            state, changes = _after_failure(delivery, answer)
            # Only while this try is the last one: whoever took over after the lease decides, and a success stays.
            row.filter(state=DeliveryState.DUE, tries=delivery.tries).update(state=state, **changes)
    _tell(delivery, answer, state)
    return made


def _after_failure(delivery: Delivery, answer: Answer) -> tuple[DeliveryState, dict[str, object]]:
    now = clock.now()
    again = None
    if not answer.gone:
        again = next_try(
            failures=delivery.tries,
            now=now,
            since=delivery.event.created_at,
            retry_for=settings.CALLBACK_RETRY_FOR,
            retry_after=answer.retry_after,
        )
    if again is not None:
        return DeliveryState.DUE, {"next_try_at": again}
    # A replay that fails does not undo that the receiver had it once.
    return DeliveryState.DELIVERED if delivery.delivered_at else DeliveryState.GIVEN_UP, {"next_try_at": None}


def _tell(delivery: Delivery, answer: Answer, state: DeliveryState) -> None:
    level = logging.INFO if answer.accepted else logging.WARNING
    extra = {
        "delivery_id": str(delivery.pk),
        "event_id": delivery.event.public_id,
        "event_type": delivery.event.type,
        "host": urlsplit(delivery.url).hostname,
        "retries": delivery.tries,
        "status": answer.status or answer.error,
        "state": state.value,
        "elapsed_ms": answer.elapsed_ms,
    }
    logger.log(level, "Callback %s.", "delivered" if answer.accepted else "failed", extra=extra)
