"""Whose request it is: the address that connects, or what trusted proxies say of it. A stranger's header proves nothing."""

from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

UNIX = "unix"
_MOST_HOPS = 20

_Address = IPv4Address | IPv6Address
_INSIDE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))


def client_address(meta: Mapping[str, object], trusted: Sequence[str]) -> str:
    """Return the client's address, empty where none is known: also behind a private proxy that is not trusted.

    `meta` is a WSGI environment; `trusted` lists addresses, networks, and `unix` for proxies on a Unix socket. The chain
    of X-Forwarded-For is read from its end, as long as the hop that wrote it is trusted.
    """
    peer = _read(str(meta.get("REMOTE_ADDR") or ""))
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR") or "")
    if not (UNIX in trusted if peer is None else _is_trusted(peer, tuple(trusted))):
        # A proxy that nobody named: its own address is not its customers', and they must not be counted as one.
        return "" if peer is None or (forwarded and _is_inside(peer)) else str(peer)
    found = peer
    for hop in reversed(forwarded.split(",")[-_MOST_HOPS:]):
        address = _read(hop.strip())
        if address is None:
            break  # what stands before it was written by nobody who is trusted
        found = address
        if not _is_trusted(address, tuple(trusted)):
            break
    return "" if found is None else str(found)


def bucket_of(address: str) -> str:
    """Return what one customer can be counted by: an IPv4 address, or the /64 network of an IPv6 one."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(IPv6Network((read, 64), strict=False))
    return "" if read is None else str(read)


def problem(trusted: Sequence[str]) -> str:
    """Say what is wrong with a list of trusted proxies; nothing where it is right."""
    for word in trusted:
        if word != UNIX:
            try:
                ip_network(word, strict=False)
            except ValueError:
                return f"{word!r} is no address and no network"
    return ""


def _read(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_inside(address: _Address) -> bool:
    """Tell whether the address is of this machine or a private network, where proxies are and customers are not."""
    return address.is_loopback or address.is_link_local or any(address in network for network in _INSIDE)


@cache
def _networks(trusted: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(ip_network(word, strict=False) for word in trusted if word != UNIX)


def _is_trusted(address: _Address, trusted: tuple[str, ...]) -> bool:
    return any(address in network for network in _networks(trusted))  # type: ignore[operator]
