"""What a request says of the person behind it."""

from django.conf import settings
from django.http import HttpRequest

from paymenthub.kernel.client_address import client_address


def address_of(request: HttpRequest) -> str | None:
    """Return whence the request came; a proxy is believed where TRUSTED_PROXIES names it."""
    return client_address(request.META, settings.TRUSTED_PROXIES) or None


def browser_of(request: HttpRequest) -> str:
    """Return what the browser says it is, cut."""
    return request.headers.get("User-Agent", "")[:300]
