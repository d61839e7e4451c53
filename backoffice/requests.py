"""What a request says of the person behind it."""

import re

from django.conf import settings
from django.http import HttpRequest

from paymenthub.kernel.client_address import client_address

# Browsers name the ones they descend from as well: the first that is found here is the one.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "HeadlessChrome": "Chrome"}
_BROWSERS |= {"Version": "Safari", "curl": "curl"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS"}
_SYSTEMS |= {"Linux": "Linux"}


def address_of(request: HttpRequest) -> str | None:
    """Return whence the request came; a proxy is believed where TRUSTED_PROXIES names it."""
    return client_address(request.META, settings.TRUSTED_PROXIES) or None


def browser_of(request: HttpRequest) -> str:
    """Return what the browser says it is, cut."""
    return request.headers.get("User-Agent", "")[:300]


def browser_words(said: str) -> str:
    """Name a browser and its system, as `Firefox 140, Windows`; what is not known is shown as it was said, cut."""
    for token, name in _BROWSERS.items():
        found = re.search(rf"\b{token}/(\d+)", said)
        if found:
            system = next((words for part, words in _SYSTEMS.items() if part in said), "")
            return ", ".join(filter(None, [f"{name} {found[1]}", system]))
    return said[:60]
