"""Where a benchmark plays: an embedded PostgreSQL and Valkey of its own, the product's tables, one project with a key.

DATABASE_URL and REDIS_URL of the environment are not used: a benchmark writes thousands of payments.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paymenthub.embedded import ensure_servers, stop_servers
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import make_folder
from paymenthub.stack.environment import local_environment
from paymenthub.stack.layout import ROOT, Layout


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is paid."""

    project: str
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What a benchmark needs to know; `environment` is that of the hub's processes."""

    layout: Layout
    environment: dict[str, str]
    merchant: Merchant

    @property
    def database_url(self) -> str:
        """The database's URL."""
        return self.environment["DATABASE_URL"]

    def run(self, *arguments: str) -> str:
        """Run one of our management commands in a process of its own; return what it prints."""
        return _run(self.environment, *arguments)

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Run one that prints JSON; return it."""
        return _ask(self.environment, *arguments)


@contextmanager
def stage(*, pool: int) -> Iterator[Stage]:
    """Set everything up; stop the servers at the end. `pool`: DATABASE_POOL_SIZE."""
    for name in ("DATABASE_URL", "REDIS_URL", "PORT"):
        os.environ.pop(name, None)
    layout = Layout(make_folder(Path(os.environ.get("VAR_DIR") or "var").resolve() / "bench"))
    make_folder(layout.log_dir, 0o700)
    make_folder(layout.metrics_dir, 0o700)
    try:
        servers = ensure_servers(layout.var_dir)
        environment = local_environment(layout, servers, None)
        environment |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "DATABASE_POOL_SIZE": str(pool)}
        _run(environment, "migrate", "--no-input", "--verbosity", "0")
        yield Stage(layout, environment, Merchant(**_ask(environment, "bench_merchant")))
    finally:
        stop_servers(layout.var_dir)


def _ask(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    # The logs come first, as JSON lines too.
    answer: dict[str, Any] = json.loads(_run(environment, *arguments).splitlines()[-1])
    return answer


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "django", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SetupError(f"`{arguments[0]}` failed; what it said stands above. Does `make check` pass?")
    return done.stdout
