"""Addresses of mails: which are taken, and how they are shown."""

import re
from collections.abc import Iterable
from email.utils import formataddr

from paymenthub.kernel.errors import InvalidField

_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)*{_LABEL}")
_NAMED = re.compile(r'(?:"(?P<quoted>[^"\\<>]*)"|(?P<plain>[^"\\<>]*))\s*<(?P<address>[^<>\s]+)>')
_LONGEST = 320


def check_address(text: str, *, param: str) -> str:
    """Return `a@b` or `Name <a@b>` as it may stand in a header. Raises InvalidField: line breaks, lists, no address."""
    if len(text) > _LONGEST or not text.isprintable():
        raise InvalidField("An address is one printable line of at most 320 characters.", param=param)
    name, address = split(text)
    if not _is_address(address):
        raise InvalidField("This is no mail address: `ada@example.com` or `Ada <ada@example.com>`.", param=param)
    return formataddr((name, _ascii(address))) if name else _ascii(address)


def split(text: str) -> tuple[str, str]:
    """Return name and address of `a@b`, `Name <a@b>` or `"Name" <a@b>`; anything else is an address that none is.

    The standard library's parser takes one address for another where a name holds an @ (CVE-2023-27043).
    """
    stripped = text.strip()
    found = _NAMED.fullmatch(stripped)
    if found is None:
        return "", stripped
    return (found["quoted"] or found["plain"] or "").strip(), found["address"]


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return split(address)[1].rpartition("@")[2].lower()


def usable(text: str) -> str:
    """Return a buyer's address, nothing where mail cannot go there."""
    stripped = text.strip()
    return _ascii(stripped) if stripped.isprintable() and _is_address(stripped) else ""


def masked(addresses: Iterable[str]) -> str:
    """Write addresses so that a person recognises them and nobody else can use them."""
    shown = []
    for text in addresses:
        local, _, domain = split(text)[1].rpartition("@")
        shown.append(f"{local[:1]}***@{domain}")
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return (", ".join(shown[:3]) + more)[:255]


def _is_address(address: str) -> bool:
    return len(address) <= 254 and _ADDRESS.fullmatch(_ascii(address)) is not None


def _ascii(address: str) -> str:
    """Write the domain as the name system has it; what cannot be written so stays and is refused."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return address
