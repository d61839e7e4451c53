"""Remember the answer of every call that moves something, and give it again for the same key."""

import asyncio
import hashlib
import json
from collections.abc import Mapping

import msgspec
from starlette.requests import Request

from .commands import Body
from .errors import ApiError, invalid
from .store import Store

MAX_KEY = 255


class Stored:
    """An answer given before."""

    def __init__(self, status: int, body: str) -> None:
        self.status = status
        self.body = body


def read_key(request: Request) -> str:
    """Return the `Idempotency-Key` header; `ApiError` 400 where it is missing or too long."""
    key = request.headers.get("idempotency-key", "").strip()
    if not key or len(key) > MAX_KEY:
        raise invalid(f"Send an Idempotency-Key header of 1 to {MAX_KEY} characters.", "idempotency_key_required")
    return key


def fingerprint(request: Request, command: Body) -> str:
    """Return a digest of what is asked: path and fields, whatever their order and spacing in the body."""
    text = json.dumps([request.url.path, msgspec.to_builtins(command)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Idempotency:
    """Answers by account and key; and the keys that are being worked on in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._working: dict[tuple[str, str], asyncio.Transport] = {}

    def find(self, account: str, key: str, digest: str) -> Stored | None:
        """Return the stored answer; 409 where the key was used for something else or is still being worked on."""
        row = self._store.one("SELECT * FROM idempotency WHERE account = ? AND key = ?", account, key)
        if row is not None and row["fingerprint"] != digest:
            raise ApiError(409, "idempotency_conflict", "key_reused", "This key was used with another request.")
        busy = self._working.get((account, key))
        if busy is not None and not busy.is_closing():
            message = "A request with this key is still being worked on."
            raise ApiError(409, "idempotency_conflict", "request_in_progress", message)
        return None if row is None else Stored(row["status"], row["body"])

    def keep(self, account: str, key: str, digest: str, status: int, body: Mapping[str, object]) -> Stored:
        """Store an answer, in the transaction that did what it tells."""
        text = json.dumps(body, separators=(",", ":"))
        self._store.run(
            "INSERT INTO idempotency (account, key, fingerprint, status, body, created) VALUES (?, ?, ?, ?, ?, ?)",
            account,
            key,
            digest,
            status,
            text,
            self._store.now(),
        )
        return Stored(status, text)

    def begin(self, account: str, key: str, transport: asyncio.Transport) -> None:
        """Mark the key as being worked on, for as long as the caller's connection lives."""
        self._working[(account, key)] = transport

    def end(self, account: str, key: str, transport: asyncio.Transport) -> None:
        """Take the mark of this connection away."""
        if self._working.get((account, key)) is transport:
            del self._working[(account, key)]
