"""providerData between two processes: sealed, in Redis only, ten minutes at most, erased when the attempt is decided."""

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache

from paymenthub.kernel.crypto import SealBroken
from payments.selectors.keyring import ring

logger = logging.getLogger(__name__)

_SECONDS = 600


def _key(attempt_id: uuid.UUID) -> str:
    return f"provider-data:{attempt_id.hex}"


def keep(attempt_id: uuid.UUID, data: Mapping[str, Any]) -> None:
    """Keep a call's providerData for whoever may have to finish it. A broken cache costs that, and not the payment."""
    sealed = ring().seal(json.dumps(data).encode(), context=attempt_id.bytes)
    try:
        cache.set(_key(attempt_id), sealed, _SECONDS)
    except Exception as error:  # noqa: BLE001 - any client error: the call itself can still be made
        logger.warning("providerData could not be kept for recovery", extra={"cause": type(error).__name__})


def take(attempt_id: uuid.UUID) -> dict[str, Any] | None:
    """Return kept providerData; None when there is none any more."""
    try:
        sealed = cache.get(_key(attempt_id))
        data: dict[str, Any] | None = sealed and json.loads(ring().open(sealed, context=attempt_id.bytes))
    except SealBroken:
        return None
    except Exception as error:  # noqa: BLE001 - any client error: what cannot be read now is not sent again now
        logger.warning("providerData could not be read for recovery", extra={"cause": type(error).__name__})
        return None
    return data


def erase(attempt_id: uuid.UUID) -> None:
    """Forget it. A broken cache forgets by itself after ten minutes."""
    try:
        cache.delete(_key(attempt_id))
    except Exception as error:  # noqa: BLE001 - see above
        logger.warning("providerData could not be erased at once", extra={"cause": type(error).__name__})
