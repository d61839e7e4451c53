"""Typed reads of environment variables, the only place where the process looks at its environment."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable that the product reads: what docs/configuration.md lists."""

    name: str
    kind: str
    default: str
    help: str


READ: dict[str, Variable] = {}


def _read(name: str, kind: str, default: T, parse: Callable[[str], T], help: str, shown: str | None = None) -> T:
    READ[name] = Variable(name, kind, str(default) if shown is None else shown, help)
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be {kind}: {error}") from None


def text(name: str, default: str = "", *, help: str, secret: bool = False) -> str:
    """Read a string; a `secret` one's default is not shown in docs."""
    return _read(name, "a text", default, str, help, "(secret)" if secret else None)


def integer(name: str, default: int, *, help: str, minimum: int = 0, maximum: int = 2**31) -> int:
    """Read a whole number within bounds."""

    def parse(raw: str) -> int:
        number = int(raw)
        if not minimum <= number <= maximum:
            raise ValueError(f"{number} is not between {minimum} and {maximum}")
        return number

    return _read(name, "a whole number", default, parse, help)


def number(name: str, default: float, *, help: str) -> float:
    """Read a positive decimal number."""

    def parse(raw: str) -> float:
        value = float(raw)
        if not value > 0:
            raise ValueError(f"{value} is not above zero")
        return value

    return _read(name, "a number", default, parse, help)


def boolean(name: str, default: bool, *, help: str) -> bool:
    """Read true/false, 1/0, yes/no, on/off."""

    def parse(raw: str) -> bool:
        lowered = raw.lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off"}:
            return False
        raise ValueError("write true or false")

    return _read(name, "true or false", default, parse, help)


def choice(name: str, default: str, *, allowed: Sequence[str], help: str) -> str:
    """Read one of a few words."""

    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"{raw!r} is none of {', '.join(allowed)}")
        return raw

    return _read(name, f"one of {', '.join(allowed)}", default, parse, help)


def words(name: str, default: Sequence[str], *, help: str, allowed: Sequence[str] | None = None) -> list[str]:
    """Read a comma-separated list."""

    def parse(raw: str) -> list[str]:
        items = [item.strip() for item in raw.split(",") if item.strip()]
        unknown = [item for item in items if allowed is not None and item not in allowed]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} not among {', '.join(allowed or ())}")
        return items

    return _read(name, "a comma-separated list", list(default), parse, help, ",".join(default))


def database(name: str, *, help: str) -> dict[str, object]:
    """Read a postgres:// URL, also with a Unix socket as `?host=/dir`, into Django's settings dictionary."""
    raw = text(name, help=help, secret=True)
    if not raw:
        raise ImproperlyConfigured(f"{name} is not set. Run `make up`, or give a postgres:// URL.")
    parts = urlsplit(raw)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must be a postgres:// URL; PostgreSQL is the only database.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": query.pop("port", None) or str(parts.port or ""),
        "OPTIONS": dict(query),
    }
