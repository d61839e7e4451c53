"""How often a key may call: so many requests in a window of time, for each key and path by itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as remembered
from typing import Protocol

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from paymenthub.kernel import clock
from payments.selectors.api_keys import KeyIdentity
from payments.services.rates import count, digest, parse


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a caller stands: `limit` requests a window, `remaining` of them, `reset` seconds until the next window."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """Write it as the IETF's RateLimit header fields."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class _View(Protocol):
    """A view, as far as it matters here: the framework's own class cannot be imported by a throttle it loads."""

    rate: Rate | None


class KeyAndPathThrottle(BaseThrottle):
    """Let API_RATE_LIMIT requests through in each window, for each API key and each path (its pattern, not its values).

    The count is shared by all processes. A cache that fails lets everybody in: limits must not stop payments.
    """

    setting = "API_RATE_LIMIT"

    def __init__(self) -> None:
        self._wait: int | None = None

    def allow_request(self, request: Request, view: _View) -> bool:  # type: ignore[override]
        """Count the request, and note on the view where its caller stands."""
        limit, seconds = parse(getattr(settings, self.setting))
        identity: object = request.auth
        if not limit or not isinstance(identity, KeyIdentity):
            return True
        now = clock.now().timestamp()
        window = int(now // seconds)
        match = request.resolver_match
        counted = count(f"rate:{identity.key_id.hex}:{_route_digest(match.route if match else '')}:{window}", seconds)
        if counted is None:
            return True
        reset = max(1, math.ceil((window + 1) * seconds - now))
        view.rate = Rate(limit, max(0, limit - counted), reset)
        self._wait = reset
        return counted <= limit

    def wait(self) -> int | None:
        """Return in how many seconds a refused caller may come back."""
        return self._wait


@remembered
def _route_digest(route: str) -> str:
    """Remember the digest of a path's pattern, of which there are few."""
    return digest(route)
