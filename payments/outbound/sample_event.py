"""Send an endpoint an event that tells of nothing, so that its owner sees whether it is taken and verifies."""

import json
from datetime import UTC

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.redact import redact_url
from payments.models import AuditAction, AuditOutcome, WebhookEndpoint
from payments.services.configuring import note
from payments.services.install_machine import By

from ._post import Answer, post
from .guard import Resolver, TargetRefused, resolve
from .secrets import open_secrets
from .sign import InvalidSecret, signed_headers

SAMPLE_TYPE = "endpoint.test"


def send_sample(*, endpoint: WebhookEndpoint, by: By, look_up: Resolver | None = None) -> Answer:
    """Send one signed event of the type `endpoint.test`, once, and return what came of it; it is no delivery.

    It goes to a disabled endpoint too, and through the same guard as every callback. Never raises for what the receiver
    does.
    """
    answer = _send(endpoint, look_up)
    with db.durable():
        said = f"status {answer.status}" if answer.status else answer.error
        note(
            endpoint, AuditAction.TEST_EVENT, by, f"A test event to {redact_url(endpoint.url)}: {said}.",
            after={"status": answer.status, "error": answer.error, "elapsedMs": answer.elapsed_ms},
            outcome=AuditOutcome.OK if answer.accepted else AuditOutcome.KO,
        )  # fmt: skip
    return answer


def _send(endpoint: WebhookEndpoint, look_up: Resolver | None) -> Answer:
    now, event = clock.now(), ids.public_id(ids.EVENT, ids.new_uuid())
    body = json.dumps(
        {
            "eventId": event,
            "eventType": SAMPLE_TYPE,
            "sequence": 0,
            "occurredAt": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "message": "A test of this endpoint. It tells of no payment.",
        },
        separators=(",", ":"),
    ).encode()
    try:
        headers = signed_headers(
            secrets=open_secrets(endpoint), message_id=event, timestamp=int(now.timestamp()), body=body
        )
        db.release_connection()
        addresses = resolve(endpoint.url, look_up=look_up)
    except SealBroken:
        return Answer(error="secret_unreadable")
    except InvalidSecret:
        return Answer(error="secret_missing")
    except TargetRefused as refused:
        return Answer(error=refused.code)
    return post(endpoint.url, address=addresses[0], headers=headers, body=body)
