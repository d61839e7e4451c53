"""Where callbacks may go: merchants name addresses, and the hub stands inside a network that they must not reach.

A name is resolved here and the request is pinned to the address that was checked, so that a second answer of the name
server cannot lead elsewhere. Every address of the name must be allowed.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from django.conf import settings

Resolver = Callable[[str, int], list[str]]

# Never a merchant's, private targets allowed or not: «this host», link-local, cloud metadata, multicast, reserved.
_NEVER = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "168.63.129.16/32",  # Azure's host, a public address
        "192.0.0.0/24",
        "224.0.0.0/3",
        "::/128",
        "fd00:ec2::/32",  # AWS's metadata
        "fd20:ce::/32",  # Google Cloud's metadata
        "fe80::/10",
        "ff00::/8",
    )
]
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")
_LONGEST = 2000


class TargetRefused(Exception):
    """Say that a callback may not go to an address; `code` is stable, the text is fit for the merchant."""

    code = "target_refused"


class InvalidTarget(TargetRefused):
    """The text is not an http or https URL that is taken here."""

    code = "target_invalid"


class InsecureTarget(TargetRefused):
    """The URL is http, and production takes https only."""

    code = "target_insecure"


class ForbiddenTarget(TargetRefused):
    """The host is, or resolves to, an address that callbacks may not go to."""

    code = "target_forbidden"


class UnresolvableTarget(TargetRefused):
    """The host has no address at the moment; another time it may have one."""

    code = "target_unresolvable"


@dataclass(frozen=True, slots=True)
class Host:
    """The part of a URL that decides where it leads."""

    name: str
    port: int


def check_url(url: str) -> Host:
    """Check what can be told without asking a name server; raises InvalidTarget, InsecureTarget or ForbiddenTarget."""
    host, scheme = _parse(url)
    if scheme == "http" and settings.HUB_ENVIRONMENT == "production" and not settings.CALLBACK_ALLOW_PRIVATE:
        raise InsecureTarget("Callbacks go to https URLs only.")
    try:
        literal = ipaddress.ip_address(host.name)
    except ValueError:
        return host
    _check_address(literal)
    return host


def resolve(url: str, *, look_up: Resolver | None = None) -> list[str]:
    """Return the addresses that a request to this URL may be pinned to; raises a TargetRefused."""
    host = check_url(url)
    try:
        found = (look_up or _look_up)(host.name, host.port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise UnresolvableTarget(f"The host {host.name} has no address.")
    for address in found:
        _check_address(ipaddress.ip_address(address))
    return found


def _parse(url: str) -> tuple[Host, str]:
    if len(url) > _LONGEST or _NOT_IN_A_URL.search(url):
        raise InvalidTarget(f"A callback URL has at most {_LONGEST} characters and no spaces or backslashes.")
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidTarget("The callback URL cannot be read.") from None
    if parts.scheme not in ("http", "https") or not name:
        raise InvalidTarget("A callback URL begins with https:// and names a host.")
    if "@" in parts.netloc:
        raise InvalidTarget("A callback URL holds no user and no password.")
    if port == 0:
        raise InvalidTarget("A callback URL's port is between 1 and 65535.")
    return Host(name, port or (443 if parts.scheme == "https" else 80)), parts.scheme


def _check_address(address: IPv4Address | IPv6Address) -> None:
    meant = _embedded(address) or address
    if any(candidate in network for candidate in (address, meant) for network in _NEVER):
        raise ForbiddenTarget("Callbacks never go to link-local, metadata, multicast or reserved addresses.")
    if not _is_public(address) and not settings.CALLBACK_ALLOW_PRIVATE:
        raise ForbiddenTarget("Callbacks do not go to private or loopback addresses.")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and address.sixtofour is None and address.teredo is None


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _look_up(name: str, port: int) -> list[str]:
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
