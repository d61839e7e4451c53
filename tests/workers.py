"""A pytest plugin for workers of pytest-xdist: each has a Redis database and a folder for state of its own.

pytest-django gives each a database. Tests that start or kill whole stacks, or count on a quiet machine, are marked `alone`
by their folder: `make test` runs them after the others, one at a time.
"""

import os
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ALONE = ("tests/e2e/", "tests/chaos/", "tests/two_hubs/", "tests/setup/")


def _settle(worker: str) -> None:
    number = int(worker.removeprefix("gw")) + 1
    base, question, rest = os.environ["REDIS_URL"].partition("?")
    if base.startswith("unix:"):
        os.environ["REDIS_URL"] = f"{base}?db={number}"
    else:
        os.environ["REDIS_URL"] = f"{base.rsplit('/', 1)[0]}/{number}{question}{rest}"
    folder = Path(os.environ.get("VAR_DIR") or "var").resolve() / worker
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["VAR_DIR"] = str(folder)


class ByFile(LoadScopeScheduling):
    """Give a worker whole files; those of the providers stay together, since the last of them reads what the others noted."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/providers" if nodeid.startswith("tests/providers/") else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Take our own order of work."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what must run by itself."""
    for item in items:
        if item.nodeid.startswith(ALONE):
            item.add_marker("alone")


# Before Django's settings are read: a plugin named by -p is imported before any of pytest-django's hooks run.
if "PYTEST_XDIST_WORKER" in os.environ:
    _settle(os.environ["PYTEST_XDIST_WORKER"])
