"""What a case is, and the people who ask: nothing that is made for measuring stays in the database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client

from backoffice.models import StaffProfile
from payments.models import Payment, Project


@dataclass(frozen=True, slots=True)
class Case:
    """One page: `ask` fetches it and returns how many bytes came. `limit`: p95 in milliseconds; None: a peer to compare with."""

    name: str
    ask: Callable[[], int]
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Server times and processor time of Python in milliseconds, and one request's statements and time in the database."""

    p50: float
    p95: float
    cpu: float
    statements: int
    in_database: float
    size: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks: one who sees all projects, one who sees two of them (the smallest, and one in the middle)."""

    clients: dict[str, Client]
    projects: tuple[Project, ...]

    def get(self, address: str, who: str = "all", *, text: str = "", **headers: str) -> Callable[[], int]:
        """Make the asking for a page; RuntimeError where it is not answered by 200, or lacks a text."""
        client = self.clients[who]

        def ask() -> int:
            answer = client.get(address, headers=headers)
            body = answer.content if not answer.streaming else b"".join(answer.streaming_content)  # type: ignore[arg-type]
            if answer.status_code != 200 or text.encode() not in body:
                raise RuntimeError(f"{address}: {answer.status_code}, {len(body)} bytes, without «{text}»")
            return len(body)

        return ask


@contextmanager
def scene() -> Iterator[Scene]:
    """Make two members of staff, and take them away again."""
    with transaction.atomic():
        sizes = Payment.objects.values("project").annotate(rows=Count("pk")).order_by("rows")
        by_size = [row["project"] for row in sizes]
        if not by_size:
            raise RuntimeError("There are no payments: run `manage.py seed_demo --payments 1000000` first.")
        some = tuple(Project.objects.filter(pk__in={by_size[0], by_size[len(by_size) // 2]}))
        yield Scene({"all": _client("bench-all", None), "scoped": _client("bench-scoped", some)}, some)
        transaction.set_rollback(True)


def measure(case: Case, rounds: int) -> Measured:
    """Ask some times for warming up, then measure."""
    _no_timeout()
    size = case.ask()
    counted = _Counter()
    with connection.execute_wrapper(counted):
        case.ask()
    for _ in range(1):
        case.ask()
    took: list[float] = []
    cpu = 0.0
    for _ in range(rounds):
        _no_timeout()
        began, used = time.perf_counter(), time.process_time()
        case.ask()
        took.append((time.perf_counter() - began) * 1000)
        cpu += (time.process_time() - used) * 1000
    ordered = sorted(took)
    return Measured(
        p50=ordered[len(ordered) // 2],
        p95=ordered[int(len(ordered) * 0.95)],
        cpu=cpu / rounds,
        statements=counted.statements,
        in_database=counted.seconds * 1000,
        size=size,
    )


class _Counter:
    """Counts the statements of one request, and the time that they took."""

    def __init__(self) -> None:
        self.statements, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.statements, self.seconds = self.statements + 1, self.seconds + time.perf_counter() - began


def _client(name: str, projects: tuple[Project, ...] | None) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    profile = StaffProfile.objects.create(user=user, all_projects=projects is None)
    profile.projects.set(projects or ())
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def _no_timeout() -> None:
    # The whole run is one transaction, in which the last page's own timeout would stay.
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
