"""The embedded servers: durable, safe to start twice, and started again after any crash."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from paymenthub.embedded import Servers, ensure_servers, running_servers, stop_servers
from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.processes import ProcessId
from paymenthub.stack.layout import ROOT


@pytest.fixture
def var_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a folder with späces" / "var"
    yield folder
    stop_servers(folder)


def query(servers: Servers, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def postmaster(var_dir: Path) -> int:
    return int((var_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def valkey(var_dir: Path) -> int:
    return int((var_dir / "valkey" / "server.pid").read_text())


def test_servers_are_durable_listen_on_no_port_and_keep_data_over_a_stop(var_dir: Path) -> None:
    first = ensure_servers(var_dir)
    settings = query(
        first,
        "SELECT name, setting FROM pg_settings WHERE name IN "
        "('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'max_connections') ORDER BY name",
    )
    query(first, "CREATE TABLE kept AS SELECT 'größe' AS word")
    with redis.Redis.from_url(first.redis_url) as broker:
        broker.set("kept", "yes")
        port = broker.config_get("port")
        append_only = broker.config_get("appendonly")

    assert first.started
    assert settings == [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("max_connections", "200"),
        ("synchronous_commit", "on"),
    ]
    assert (port, append_only) == ({"port": "0"}, {"appendonly": "yes"})

    assert stop_servers(var_dir)
    assert running_servers(var_dir) == Servers("", "", started=False)
    assert not stop_servers(var_dir)

    again = ensure_servers(var_dir)
    assert again.started
    assert query(again, "SELECT upper(word) FROM kept") == [("GRÖßE",)]
    with redis.Redis.from_url(again.redis_url) as broker:
        assert broker.get("kept") == b"yes"


def test_committed_rows_survive_when_the_servers_are_killed(var_dir: Path) -> None:
    first = ensure_servers(var_dir)
    query(first, "CREATE TABLE kept (id int)")
    with psycopg.connect(first.database_url) as connection:
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (0)")
        backend = connection.info.backend_pid
        for pid in (postmaster(var_dir), backend, valkey(var_dir)):
            os.kill(pid, signal.SIGKILL)
        connection.close()

    again = ensure_servers(var_dir)

    assert again.started
    assert query(again, "SELECT count(*), min(id) FROM kept") == [(1000, 1)]


def test_a_server_whose_first_process_alone_was_killed_starts_again(var_dir: Path) -> None:
    ensure_servers(var_dir)
    os.kill(postmaster(var_dir), signal.SIGKILL)

    again = ensure_servers(var_dir)

    assert query(again, "SELECT 1") == [(1,)]


def test_no_second_server_starts_on_data_that_processes_nobody_can_see_still_use(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_servers(var_dir)
    number = postmaster(var_dir)
    lock = var_dir / "postgres" / "postmaster.pid"
    monkeypatch.setattr("paymenthub.embedded_postgres._ORPHANS_SECONDS", 0.1)
    lock.write_text(lock.read_text().replace(str(number), "1", 1))

    with pytest.raises(SetupError, match=r"still use .*postgres"):
        ensure_servers(var_dir)

    lock.write_text(lock.read_text().replace("1", str(number), 1))


def test_a_stale_lock_file_whose_number_belongs_to_another_process_does_not_stop_the_start(var_dir: Path) -> None:
    ensure_servers(var_dir)
    lock = var_dir / "postgres" / "postmaster.pid"
    left = lock.read_text()
    stop_servers(var_dir)
    lock.write_text(left.replace(left.splitlines()[0], str(os.getpid()), 1))
    (var_dir / "valkey" / "server.pid").write_text(str(os.getpid()))

    again = ensure_servers(var_dir)

    assert query(again, "SELECT 1") == [(1,)]
    assert postmaster(var_dir) != os.getpid()


def test_servers_are_found_again_when_the_socket_folder_was_swept_away(var_dir: Path) -> None:
    first = ensure_servers(var_dir)
    old = postmaster(var_dir)
    socket_dir = Path((var_dir / "sockets").read_text().strip())
    for path in (socket_dir / "pg" / ".s.PGSQL.5432", socket_dir / "pg" / ".s.PGSQL.5432.lock"):
        path.unlink()
    (socket_dir / "pg").rmdir()
    (socket_dir / "valkey.sock").unlink()
    socket_dir.rmdir()

    again = ensure_servers(var_dir)

    assert again.database_url != first.database_url
    assert query(again, "SELECT 1") == [(1,)]
    assert not processes.is_alive(old)


def test_the_database_runs_unprivileged_and_no_folder_above_changes_its_owner_or_mode(var_dir: Path) -> None:
    var_dir.mkdir(parents=True)
    above = [var_dir, *var_dir.parents]
    var_dir.parent.chmod(0o700)
    before = [(folder.stat().st_uid, folder.stat().st_mode) for folder in above]

    ensure_servers(var_dir)

    server = Path("/proc", str(postmaster(var_dir)))
    assert server.stat().st_uid == (var_dir / "postgres").stat().st_uid
    assert server.stat().st_uid != 0
    assert [(folder.stat().st_uid, folder.stat().st_mode) for folder in above] == before


def test_two_that_ask_at_once_get_the_same_servers(var_dir: Path) -> None:
    command = [sys.executable, "-m", "paymenthub.embedded", "start", "--var-dir", str(var_dir)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    answers = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert answers[0] == answers[1]
    assert f"DATABASE_URL={running_servers(var_dir).database_url}" in answers[0].splitlines()


def test_a_start_that_fails_shows_the_log_and_what_to_do(var_dir: Path) -> None:
    ensure_servers(var_dir)
    stop_servers(var_dir)
    (var_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(SetupError) as caught:
        ensure_servers(var_dir)

    assert 'unrecognized configuration parameter "no_such_setting"' in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)


def test_a_process_id_is_not_taken_for_another_process_with_the_same_number() -> None:
    own = ProcessId.of(os.getpid())

    assert own.is_alive()
    assert not ProcessId(own.pid, str(int(own.began) + 1)).is_alive()
