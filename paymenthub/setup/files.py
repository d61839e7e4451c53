"""Small files of local state: written whole or not at all, secrets readable by their owner only, and locks."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .errors import SetupError


def write_private(path: Path, text: str) -> None:
    """Replace a file's content in one step; mode 0600 from the first byte on."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_json(path: Path) -> dict[str, object]:
    """Read an object from a JSON file; an absent or broken file counts as empty."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def secret_file(path: Path) -> str:
    """Return the secret in a file, made at random the first time."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48) + "\n")
    return path.read_text().strip()


def make_folder(path: Path, mode: int = 0o755) -> Path:
    """Make a folder and its parents; raise SetupError where that is not allowed."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The folder {path} cannot be made: {error.strerror}.\n"
            "Give another one, for example VAR_DIR=$HOME/paymenthub-var."
        ) from error
    return path


def make_var_dir(path: Path) -> Path:
    """Make a folder for local state; git leaves it alone wherever it is, since it holds passwords and keys."""
    make_folder(path)
    ignore = path / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    return path


def rotate(log: Path, most_bytes: int = 10_000_000) -> None:
    """Put a log that has grown large aside, in the place of the one put aside before."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > most_bytes:
            log.replace(log.with_name(f"{log.name}.1"))


def _open_private(path: Path) -> IO[str]:
    """Open a lock file that nobody else can open, and so nobody else can lock."""
    return open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes while the block runs; it is freed even when the process is killed."""
    with _open_private(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def lock_to_inherit(path: Path, *, seconds: float) -> Iterator[IO[str]]:
    """Take the lock that a server and its children hold while one of them lives; raise SetupError when one goes on."""
    deadline = time.monotonic() + seconds
    with _open_private(path) as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SetupError(
                        f"Processes of an earlier run still use {path.with_suffix('')}, perhaps in a container.\n"
                        "End them, or give another folder with VAR_DIR=."
                    ) from None
                time.sleep(0.05)
            else:
                break
        yield file


@contextlib.contextmanager
def locked_or_none(path: Path) -> Iterator[bool]:
    """Try to take a lock at once, and tell whether it was free."""
    with _open_private(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
