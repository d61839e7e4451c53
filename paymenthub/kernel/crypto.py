"""Sealing of secrets at rest, keyed digests, hashes of API keys, the key file of a local installation.

AES-256-GCM and not Fernet: Fernet cannot bind a token to its place, so that a sealed credential copied into another
row would open there. The associated data (`context`) prevents it. Tokens look like `v1.<key id>.<nonce and text>`;
the key id finds the key without trying all of them. Nonces are random, good for 2^32 tokens per key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TOKEN = re.compile(r"v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)")


class SealBroken(Exception):
    """Say that a token is damaged, belongs elsewhere, or was sealed with a key that is not in the ring."""


class KeyFileError(Exception):
    """Say why a key file cannot be used, and what to do about it."""


class KeyRing:
    """Seal with the first key, open with any. A new key goes in front; the old ones stay until nothing needs them."""

    def __init__(self, keys: Sequence[bytes | str]) -> None:
        if not keys:
            raise ValueError("A key ring needs at least one key.")
        self._keys = [_read_key(key) for key in keys]
        self._ids = [_derive(key, "key-id").hex()[:16] for key in self._keys]
        self._ciphers = {
            key_id: AESGCM(_derive(key, "seal")) for key_id, key in zip(self._ids, self._keys, strict=True)
        }

    def seal(self, plaintext: bytes, *, context: bytes) -> str:
        """Encrypt and authenticate; the token opens only under the same context."""
        key_id = self._ids[0]
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[key_id].encrypt(nonce, plaintext, _bind(key_id, context))
        return f"v1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"

    def open(self, token: str, *, context: bytes) -> bytes:
        """Decrypt a token; raises SealBroken where it was changed, moved, or its key is gone."""
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            raise SealBroken("This is not a sealed token.")
        key_id, text = parts.groups()
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"No key with the id {key_id} is in the ring.")
        try:
            sealed = _unpadded_b64(text)
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bind(key_id, context))
        except (InvalidTag, ValueError):
            raise SealBroken("The token was changed or belongs elsewhere.") from None

    def needs_rotation(self, token: str) -> bool:
        """Tell whether the token was sealed with another key than the first."""
        return not token.startswith(f"v1.{self._ids[0]}.")

    def digest(self, data: bytes, *, purpose: str) -> str:
        """Return a keyed fingerprint (HMAC-SHA256, hex) under the first key; each purpose has a key of its own."""
        return _digest(self._keys[0], data, purpose)

    def digest_matches(self, digest: str, data: bytes, *, purpose: str) -> bool:
        """Tell whether a stored fingerprint is the data's, under any key: it outlives a rotation."""
        matches = [hmac.compare_digest(_digest(key, data, purpose), digest) for key in self._keys]
        return any(matches)

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._keys)} keys, first {self._ids[0]}>"


def generate_key() -> str:
    """Make a new key for a ring, as text."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a long random secret, hex. Not for passwords: they need a slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def constant_time_equal(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets without telling by the time it takes where they differ."""
    return hmac.compare_digest(_as_bytes(left), _as_bytes(right))


def load_or_create_keys(path: Path) -> list[str]:
    """Read the keys, one a line, newest first; make the file with one new key where there is none.

    Several processes may start at once: all of them get the same key, and nobody sees a half-written file.
    """
    if not path.exists():
        _create_key_file(path)
    return _read_key_file(path)


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _bind(key_id: str, context: bytes) -> bytes:
    return b"v1." + key_id.encode() + b"." + context


def _derive(key: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"paymenthub:" + info.encode()).derive(key)


def _digest(key: bytes, data: bytes, purpose: str) -> str:
    return hmac.new(_derive(key, f"digest:{purpose}"), data, hashlib.sha256).hexdigest()


def _unpadded_b64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _read_key(key: bytes | str) -> bytes:
    try:
        raw = key if isinstance(key, bytes) else _unpadded_b64(key.strip().rstrip("="))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"A key must be {_KEY_BYTES} bytes, or their URL-safe base64. Make one with generate_key().")
    return raw


def _create_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file 0600. A hard link refuses to replace, so that the first process wins and the others read.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(generate_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)


def _read_key_file(path: Path) -> list[str]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileError(f"Others may read the key file. Run: chmod 600 {path}")
    keys = [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    if not keys:
        raise KeyFileError(f"The key file {path} is empty. Restore it from a backup; sealed data needs its keys.")
    return keys
