"""HTTP to the outside Flow Manager and its saga collection: addresses that the operator configured, so no guard."""

import functools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.signals import setting_changed

from paymenthub.kernel.http import Request, Response, Timeouts, Transport, TransportError, UnreadableAnswer
from payments import metrics


class CrudAway(Exception):
    """The saga collection gave no usable answer."""


def post_event(*, event_id: str, envelope: Mapping[str, Any]) -> Response:
    """POST an event; `event_id` is the same in every try. Raises TransportError."""
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": event_id} | _key()
    metrics.called_outside("http_flow_manager_service_total")
    return _transport().send(Request("POST", f"{settings.FLOW_MANAGER_URL}/event", headers=headers, content=body))


def saga_metadata(saga_id: str) -> dict[str, Any]:
    """Read a saga's metadata from the collection; nothing where it is not there. Raises CrudAway."""
    url = f"{settings.SAGA_CRUD_URL}/?sagaId={quote(saga_id, safe='')}"
    metrics.called_outside("http_crud_service_total")
    try:
        response = _transport().send(Request("GET", url, headers=_key()))
        found = json.loads(response.content) if response.status == 200 else None
    except (TransportError, UnreadableAnswer, ValueError) as error:
        raise CrudAway(type(error).__name__) from error
    if not isinstance(found, list):
        raise CrudAway(f"HTTP {response.status}")
    metadata = found[0].get("metadata") if found and isinstance(found[0], dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _key() -> dict[str, str]:
    return {"secret": settings.FLOW_MANAGER_SECRET} if settings.FLOW_MANAGER_SECRET else {}


@functools.cache
def _transport() -> Transport:
    total = float(settings.FLOW_MANAGER_TIMEOUT)
    return Transport(
        Timeouts(connect=min(3.0, total), read=total, write=total, total=total),
        user_agent=f"PaymentHub/{settings.HUB_VERSION}",
    )


def _forget(*, setting: str, **_: object) -> None:
    if setting == "FLOW_MANAGER_TIMEOUT":
        _transport.cache_clear()


setting_changed.connect(_forget, dispatch_uid="payments.flow_manager._http")
