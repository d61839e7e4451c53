"""Web addresses that merchants give: of their pages and of their callbacks."""

import re
from urllib.parse import urlsplit

# Characters that browsers and libraries read in different ways, or repair.
_NEVER = re.compile(r"[\s\x00-\x1f\x7f\\<>\"]")


def problem(url: str) -> str:
    """Return why an address cannot be used, nothing where it can: http or https, a host, and no user or password.

    It does not ask where the address leads; whoever calls it does.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or _NEVER.search(url):
        return "This must be an http or https address."
    return "An address must not hold a user or password." if "@" in parts.netloc else ""
