"""The ring of keys that seals secrets at rest, as the settings name it."""

import functools
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from paymenthub.kernel.crypto import KeyRing, load_or_create_keys


@functools.cache
def ring() -> KeyRing:
    """Return the ring; raises ImproperlyConfigured where neither keys nor a key file are named."""
    if settings.HUB_ENCRYPTION_KEYS:
        return KeyRing(settings.HUB_ENCRYPTION_KEYS)
    if settings.HUB_ENCRYPTION_KEYS_FILE:
        return KeyRing(load_or_create_keys(Path(settings.HUB_ENCRYPTION_KEYS_FILE)))
    raise ImproperlyConfigured(
        "HUB_ENCRYPTION_KEYS is not set. Give a key, or name a file in HUB_ENCRYPTION_KEYS_FILE."
    )


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("HUB_ENCRYPTION_KEYS", "HUB_ENCRYPTION_KEYS_FILE"):
        ring.cache_clear()


setting_changed.connect(_forget, dispatch_uid="payments.selectors.keyring")
