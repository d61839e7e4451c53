"""Origins of web pages, as browsers name them in the header Origin."""

import re

LONGEST = 255
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(?::[1-9][0-9]{0,4})?")
_DEFAULT_PORTS = ("http:80", "https:443")


def problem(origin: str) -> str:
    """Return why a text is no origin that can be listed, nothing where it is one: `https://shop.example`, no path."""
    if len(origin) > LONGEST or not _ORIGIN.fullmatch(origin):
        return "An origin reads like https://shop.example or http://127.0.0.1:8080: lower case, no path, no wildcard."
    scheme, _, host = origin.partition("://")
    port = host.rpartition(":")[2] if not host.endswith("]") else ""
    if f"{scheme}:{port}" in _DEFAULT_PORTS:
        return "Browsers leave the scheme's own port out; leave it out here too."
    return ""
