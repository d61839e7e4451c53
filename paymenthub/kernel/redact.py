"""Take secrets and card data out of what is logged or stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from paymenthub.kernel.cards import contains_card_number, mask_card_numbers

__all__ = [
    "MASK",
    "contains_card_number",
    "is_secret_name",
    "redact_headers",
    "redact_json",
    "redact_text",
    "redact_url",
]

MASK = "***"
_DEEPEST = 40

# Names are compared in lower case without separators.
_SECRET_PARTS = (
    *("password", "passwd", "passphrase", "secret", "credential", "signature", "cookie", "cryptogram"),
    *("apikey", "accesskey", "signingkey", "hmackey", "merchantkey", "encryptionkey", "sharedkey", "privatekey"),
    *("cardnumber", "cardno", "cardholder", "securitycode", "cvv", "cvc"),
)
_SECRET_STARTS = ("encrypted", "private")
_SECRET_ENDS = ("authorization", "token", "tokens")
_SECRET_NAMES = frozenset({"card", "auth", "track1", "track2"})
_SECRET_WORDS = frozenset({"pan", "pin", "cvn", "csc", "hmac", "pwd"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NAME = re.compile(r"(?P<name>[A-Za-z][\w.\-\[\]]{0,60})\\?[\"']?\s{0,3}[:=]\s{0,3}")
_QUOTES = ('\\"', '"', "'")  # the first one is of JSON inside JSON
_VALUE = re.compile(
    r"\\\"[^\"\\]*\\\"|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:Bearer|Basic|Digest)\s+[^\s,;]+|[^\s,;&\"'<>{}\[\])]+"
)
_TAG = re.compile(r"<(?P<name>[A-Za-z][\w.\-:]{0,60})(?P<mid>[^<>]{0,200})>(?P<value>[^<>]+)</")
_SCHEME = re.compile(r"\b(?P<name>Bearer|Basic|Digest)\s+[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE)
_KEYS = re.compile(r"\b(?P<name>phk_(?:test|live)_|whsec_|[srp]k_(?:test_|live_)?|EAAA)[A-Za-z0-9+/=_\-]{6,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_USERINFO = re.compile(r"(?P<name>\b[a-z][a-z0-9+.\-]{1,20}://)[^\s/@\"']+@", re.IGNORECASE)


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Tell by its name whether a field, header or parameter holds a secret or card data."""
    words = [word.lower() for word in _WORD.findall(name)]
    flat = "".join(words)
    return (
        flat in _SECRET_NAMES
        or flat.startswith(_SECRET_STARTS)
        or flat.endswith(_SECRET_ENDS)
        or any(part in flat for part in _SECRET_PARTS)
        or not _SECRET_WORDS.isdisjoint(words)
    )


def redact_text(text: str) -> str:
    """Mask keys, tokens, passwords and card numbers in free text, form data, JSON or XML."""
    text = _PEM.sub(f"-----{MASK}-----", text)
    text = _USERINFO.sub(rf"\g<name>{MASK}@", text)
    text = _SCHEME.sub(rf"\g<name> {MASK}", text)
    text = _KEYS.sub(rf"\g<name>{MASK}", text)
    text = _JWT.sub(MASK, text)
    text = _mask_pairs(text)
    text = _TAG.sub(_mask_tag, text)
    return mask_card_numbers(text)


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot keep: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def redact_json(value: Any) -> Any:
    """Return a copy of a JSON value with secrets masked by name and by shape."""
    return _redact(value, 0)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with secret ones masked; names are kept as they are."""
    return {name: _redact_named(name, value) for name, value in headers.items()}


def redact_url(url: str) -> str:
    """Return the URL without user, password and fragment, and with secret parameters masked."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return f"[unreadable URL of {len(url)} characters]"
    query = "&".join(f"{redact_text(name)}={_redact_named(name, value)}" for name, value in pairs)
    origin = f"{parts.scheme}://{host}" if host else ""
    return origin + redact_text(parts.path) + (f"?{query}" if query else "")


def _redact(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "[nested too deep]"
    if isinstance(value, Mapping):
        return {_key(name): _redact_item(str(name), item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int | Decimal):
        return mask_card_numbers(str(value)) if contains_card_number(str(value)) else value
    return redact_text(str(value))


def _key(name: Any) -> str:
    return redact_text(str(name))


def _redact_item(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _redact_named(name, value)
    return MASK if is_secret_name(name) else _redact(value, depth)


def _redact_named(name: str, value: str) -> str:
    return _mask_value(name, value) if _is_masked_name(name) else redact_text(value)


def _mask_iban(value: str) -> str:
    bare = "".join(value.split())
    return f"{bare[:4]}{MASK}{bare[-4:]}" if len(bare) >= 15 else MASK


def _mask_pairs(text: str) -> str:
    """Mask values behind secret names. Names are looked for one by one: in `Error: password=x` the second counts."""
    pieces: list[str] = []
    done = 0
    for match in _NAME.finditer(text):
        if match.start() < done or not _is_masked_name(match["name"]):
            continue
        value = _VALUE.match(text, match.end())
        if value is not None:
            quote = next((mark for mark in _QUOTES if value[0].startswith(mark)), "")
            masked = _mask_value(match["name"], value[0].removeprefix(quote).removesuffix(quote))
            pieces += [text[done : match.end()], quote, masked, quote]
            done = value.end()
    return "".join([*pieces, text[done:]])


def _mask_tag(match: re.Match[str]) -> str:
    if not _is_masked_name(match["name"]):
        return match[0]
    return f"<{match['name']}{match['mid']}>{_mask_value(match['name'], match['value'])}</"


def _is_masked_name(name: str) -> bool:
    return name.lower().endswith("iban") or is_secret_name(name)


def _mask_value(name: str, value: str) -> str:
    return MASK if is_secret_name(name) else _mask_iban(value)
