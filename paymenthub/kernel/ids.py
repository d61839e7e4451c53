"""Identifiers: time-ordered UUIDs inside, prefixed ones outside, random tokens."""

from __future__ import annotations

import re
import secrets
import uuid

import uuid6

PAYMENT = "pay"
REFUND = "rf"
SUBSCRIPTION = "sub"
PAYMENT_LINK = "plink"
EVENT = "evt"
ATTEMPT = "att"
ENDPOINT = "we"
PROJECT = "prj"
INVOICE = "inv"

_HEX = re.compile(r"[0-9a-fA-F]{32}")
_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def new_uuid() -> uuid.UUID:
    """Make a UUIDv7: ordered by time, so that indexes grow at their end."""
    return uuid.UUID(int=uuid6.uuid7().int)


def public_id(prefix: str, value: uuid.UUID) -> str:
    """Write an identifier the way merchants see it, such as `pay_0197…`."""
    return f"{prefix}_{value.hex}"


def parse_public_id(prefix: str, text: object) -> uuid.UUID | None:
    """Read `prefix_<32 hex>` or the bare UUID with or without dashes; None for anything else."""
    if not isinstance(text, str):
        return None
    bare = text.removeprefix(f"{prefix}_")
    if _HEX.fullmatch(bare) or (bare == text and _DASHED.fullmatch(bare)):
        return uuid.UUID(hex=bare)
    return None


def random_token(size: int = 16) -> str:
    """Make an unguessable URL-safe token of that many random bytes."""
    return secrets.token_urlsafe(size)
