"""What a request tells about the browser behind it; all of it may be untrue, so that nothing about money hangs on it."""

import ipaddress
import re

from django.http import HttpRequest

from payments.selectors.offered import Client

_PHONE = re.compile(r"Mobi|iPhone|iPod|Android.+Mobile", re.IGNORECASE)
_APPLE = re.compile(r"\((?:Macintosh|iPhone|iPad|iPod)[^)]*\).*Version/\S+.*Safari/")


def client_of(request: HttpRequest) -> Client:
    """Describe the browser for the rules that choose methods."""
    agent = request.headers.get("User-Agent", "")[:500]
    return Client(
        device="phone" if is_phone(request) else "desktop",
        apple_pay=bool(_APPLE.search(agent)),
        user_agent=agent,
        ip=ip_of(request),
    )


def is_phone(request: HttpRequest) -> bool:
    """Tell whether it is a phone, by the client hint or else by the browser's name."""
    hint = request.headers.get("Sec-CH-UA-Mobile", "")
    return hint == "?1" if hint in ("?0", "?1") else bool(_PHONE.search(request.headers.get("User-Agent", "")[:500]))


def ip_of(request: HttpRequest) -> str:
    """Return whence the request came, as this process sees it; empty where it is no address."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""
