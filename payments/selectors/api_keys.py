"""Which key is speaking: one query a key, remembered for a few seconds by this process.

How stale it may be: a key that is revoked, or whose project or principal is switched off, in another process works on
here for at most `API_KEY_CACHE_SECONDS`. Expiry needs no query and is exact.
"""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signals import setting_changed
from django.db.models import Q
from django.dispatch import receiver

from paymenthub.kernel import clock
from paymenthub.kernel.crypto import hash_secret
from payments.models import ApiKey, Project, Standing

_MOST = 4096
_NOTE_USE_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """Who a request speaks for: everything is looked up inside this project and mode."""

    key_id: UUID
    project: Project
    mode: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    identity: KeyIdentity
    expires_at: dt.datetime | None
    forget_at: float


_guard = threading.Lock()
_known: OrderedDict[str, _Known] = OrderedDict()
_generation = 0


def prefix(mode: str) -> str:
    """Return what every key of a mode begins with."""
    return f"phk_{mode}_"


def identify(secret: str) -> KeyIdentity | None:
    """Return whom a key speaks for; None for one that is unknown, revoked, expired or of somebody switched off."""
    digest = hash_secret(secret)
    with _guard:
        known, asked_in = _known.get(digest), _generation
    if known is None or known.forget_at <= clock.monotonic():
        known = _look_up(digest)
        _remember(digest, known, asked_in)
    if known is None or not secret.startswith(prefix(known.identity.mode)):
        return None
    if known.expires_at is not None and known.expires_at <= clock.now():
        return None
    return known.identity


def forget() -> None:
    """Forget all keys, after a change to any key, project or principal by this process.

    What is being looked up at this moment is not remembered: it may have been read before the change.
    """
    global _generation
    with _guard:
        _known.clear()
        _generation += 1


def _look_up(digest: str) -> _Known | None:
    key = (
        ApiKey.objects.select_related("project__principal")
        .filter(
            secret_hash=digest,
            revoked_at=None,
            project__standing=Standing.ACTIVE,
            project__principal__standing=Standing.ACTIVE,
        )
        .first()
    )
    if key is None:
        return None
    _note_use(key)
    identity = KeyIdentity(key.id, key.project, key.mode, frozenset(key.scopes))
    return _Known(identity, key.expires_at, clock.monotonic() + settings.API_KEY_CACHE_SECONDS)


def _note_use(key: ApiKey) -> None:
    """Write down that the key is in use, at most once a minute however many processes see it."""
    now = clock.now()
    if key.last_used_at is None or key.last_used_at <= now - _NOTE_USE_EVERY:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - _NOTE_USE_EVERY)
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)


def _remember(digest: str, known: _Known | None, asked_in: int) -> None:
    with _guard:
        _known.pop(digest, None)
        if known is not None and asked_in == _generation:
            _known[digest] = known
        while len(_known) > _MOST:
            _known.popitem(last=False)


@receiver(setting_changed)
def _setting_changed(*, setting: str, **_: Any) -> None:
    if setting == "API_KEY_CACHE_SECONDS":
        forget()
