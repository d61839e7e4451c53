"""What a key may do: every view declares the scopes that each of its methods takes."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from paymenthub.kernel.errors import Forbidden, Unauthenticated
from payments.selectors.api_keys import KeyIdentity


class _View(Protocol):
    """A view, as far as it matters here: the framework's own class cannot be imported by a permission it loads."""

    required_scopes: Mapping[str, frozenset[str]]
    allowed_methods: Sequence[str]


class HasScope(BasePermission):
    """Let a key in that has one of the scopes in the view's `required_scopes[method]`."""

    def has_permission(self, request: Request, view: _View) -> bool:  # type: ignore[override]
        """Check the key's scopes; raises Unauthenticated or Forbidden, and lets a method that is not offered become 405."""
        identity: object = request.auth
        if not isinstance(identity, KeyIdentity):
            raise Unauthenticated("An API key is needed: `Authorization: Bearer phk_…` or the header `secret`.")
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            return True
        allowed = scopes_of(view, method)
        if allowed.isdisjoint(identity.scopes):
            raise Forbidden(f"This API key lacks the scope: {' or '.join(sorted(allowed))}.")
        return True


def scopes_of(view: _View, method: str) -> frozenset[str]:
    """Return the scopes a view declares for a method; ImproperlyConfigured where it declares none."""
    allowed: frozenset[str] | None = getattr(view, "required_scopes", {}).get(method)
    if not allowed:
        raise ImproperlyConfigured(f"{type(view).__name__} declares no required_scopes for {method}.")
    return allowed
