"""What a case is, and the people who ask: nothing that is made for measuring stays in the database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext

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
    """Server times in milliseconds, and the statements of one request."""

    p50: float
    p95: float
    statements: int
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
    with CaptureQueriesContext(connection) as captured:
        size = case.ask()
    for _ in range(2):
        case.ask()
    took = []
    for _ in range(rounds):
        _no_timeout()
        began = time.perf_counter()
        case.ask()
        took.append((time.perf_counter() - began) * 1000)
    ordered = sorted(took)
    return Measured(ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)], len(captured), size)


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
