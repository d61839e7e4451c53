"""Embedded PostgreSQL and Valkey for a folder: real servers, for machines where no DATABASE_URL or REDIS_URL is given.

Command line: python -m paymenthub.embedded start|stop|status|url [--var-dir DIR]
"""

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from paymenthub.embedded_postgres import PostgresServer
from paymenthub.embedded_redis import RedisServer
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import locked, make_folder, make_var_dir, rotate, write_private

# A Unix socket's path may have 107 bytes; `pg/.s.PGSQL.5432.lock` and the random folder name take about 40.
_LONGEST_TEMPORARY_FOLDER = 60


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of a folder are reached, and whether this call started one of them."""

    database_url: str
    redis_url: str
    started: bool

    def environment(self) -> dict[str, str]:
        """Return DATABASE_URL and REDIS_URL of the servers that were asked for."""
        urls = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return {name: url for name, url in urls.items() if url}


def ensure_servers(var_dir: Path, *, postgres: bool = True, redis: bool = True) -> Servers:
    """Start the servers of a folder, or find them running; safe to be called by many processes at once.

    They outlive the caller until `stop_servers`. Raises SetupError with the server's last words.
    """
    var_dir = make_var_dir(var_dir.resolve())
    make_folder(var_dir / "log", 0o700)
    with locked(var_dir / "servers.lock"):
        socket_dir = _socket_dir(var_dir)
        database, broker = PostgresServer(var_dir, socket_dir), RedisServer(var_dir, socket_dir)
        for server in (database, broker):
            rotate(server.log)
        started = [server.ensure() for server, wanted in ((database, postgres), (broker, redis)) if wanted]
        return Servers(database.url if postgres else "", broker.url if redis else "", any(started))


def ensure_missing(var_dir: Path) -> Servers:
    """Start the servers that the environment names no URL for."""
    return ensure_servers(var_dir, postgres=not os.environ.get("DATABASE_URL"), redis=not os.environ.get("REDIS_URL"))


def running_servers(var_dir: Path) -> Servers:
    """Find the servers of a folder without starting any; the URL of one that does not run is empty."""
    var_dir = var_dir.resolve()
    socket_dir = _recorded_socket_dir(var_dir)
    if socket_dir is None:
        return Servers("", "", started=False)
    database, broker = PostgresServer(var_dir, socket_dir), RedisServer(var_dir, socket_dir)
    return Servers(
        database.url if database.is_running() else "", broker.url if broker.is_running() else "", started=False
    )


def stop_servers(var_dir: Path) -> bool:
    """Stop the servers of a folder cleanly; True when one was running."""
    var_dir = var_dir.resolve()
    if not var_dir.is_dir():
        return False
    with locked(var_dir / "servers.lock"):
        recorded = _recorded_socket_dir(var_dir)
        # Processes are found by the data folder, so they are stopped even where the socket folder was swept away.
        socket_dir = recorded or var_dir
        stopped = [RedisServer(var_dir, socket_dir).stop(), PostgresServer(var_dir, socket_dir).stop()]
        if recorded:
            shutil.rmtree(recorded, ignore_errors=True)
        (var_dir / "sockets").unlink(missing_ok=True)
        return any(stopped)


def _recorded_socket_dir(var_dir: Path) -> Path | None:
    """Return the folder in use, unless it is gone or somebody else made one of that name."""
    try:
        path = Path((var_dir / "sockets").read_text().strip())
        return path if path.lstat().st_uid == os.geteuid() and path.is_dir() else None
    except OSError:
        return None


def _socket_dir(var_dir: Path) -> Path:
    recorded = _recorded_socket_dir(var_dir)
    if recorded:
        return recorded
    base = tempfile.gettempdir()
    path = Path(tempfile.mkdtemp(prefix="hub-", dir=base if len(base) <= _LONGEST_TEMPORARY_FOLDER else "/tmp"))  # noqa: S108 - random and private
    if os.geteuid() == 0:
        # PostgreSQL runs as another user there and has a private folder inside.
        path.chmod(0o711)
    write_private(var_dir / "sockets", f"{path}\n")
    return path


def _print_urls(servers: Servers) -> None:
    for name, url in servers.environment().items():
        print(f"{name}={url}")


def main() -> int:
    """Start, stop or show the embedded servers of a folder; 3 from `status` and `url` when one does not run."""
    parser = argparse.ArgumentParser(prog="python -m paymenthub.embedded", description=main.__doc__)
    parser.add_argument("command", choices=["start", "stop", "status", "url"])
    parser.add_argument("--var-dir", type=Path, default=Path(os.environ.get("VAR_DIR") or "var"))
    arguments = parser.parse_args()
    if arguments.command == "start":
        _print_urls(ensure_servers(arguments.var_dir))
        return 0
    if arguments.command == "stop":
        print("Stopped." if stop_servers(arguments.var_dir) else "Nothing was running.")
        return 0
    servers = running_servers(arguments.var_dir)
    if arguments.command == "url":
        _print_urls(servers)
    else:
        print("PostgreSQL", "runs" if servers.database_url else "does not run")
        print("Valkey    ", "runs" if servers.redis_url else "does not run")
    return 0 if servers.database_url and servers.redis_url else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
