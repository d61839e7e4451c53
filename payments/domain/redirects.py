"""Where a customer may be sent back to: addresses of the merchant's own pages, against the project's list of hosts."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from . import addresses

MOST_HOSTS = 50
_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:[0-9]{1,5})?")


def problem_of_servers(url: str, hosts: Sequence[str]) -> str:
    """Return why an address given in a call with a server's key cannot be used, nothing where it can: any http or https
    address, or one of the project's list where it has one."""
    wrong = addresses.problem(url)
    return wrong or ("" if not hosts or _is_listed(url, hosts) else "This host is not in the project's list.")


def problem_of_browsers(url: str, hosts: Sequence[str]) -> str:
    """Return why an address that a browser brought cannot be used: only one of the project's list can."""
    wrong = addresses.problem(url)
    return wrong or ("" if _is_listed(url, hosts) else "This host is not in the project's list.")


def problem_of_host(entry: str) -> str:
    """Return why an entry cannot stand in a project's list, nothing where it can: `shop.example`, `shop.example:8443`, or
    `*.shop.example` for every host below it."""
    if not _HOST.fullmatch(entry) or len(entry) > 253 or (entry.startswith("*.") and "." not in entry[2:]):
        return "A host in lower case, as shop.example or *.shop.example; punycode where it has other letters."
    return ""


def _is_listed(url: str, hosts: Sequence[str]) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    named = {host, f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"}
    for entry in hosts:
        if entry in named:
            return True
        if entry.startswith("*.") and any(name.endswith(entry[1:]) for name in named):
            return True
    return False
