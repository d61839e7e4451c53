"""Liveness, readiness, dependencies and metrics: unprefixed, unkeyed, not for public listeners."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from payments import metrics as what_is_counted
from payments.attempts.breaker_gauge import Breakers
from providers import registry

from .celery import app

NAME = "paymenthub"

_SECONDS_FOR_A_WORKER = 2.0


def _body(message: str = "", **more: object) -> JsonResponse:
    body = {"status": "KO" if message else "OK", "name": NAME, "version": settings.HUB_VERSION, **more}
    if message:
        body["message"] = message
    return JsonResponse(body, status=503 if message else 200)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return ""


def _redis() -> str:
    try:
        cache.get("probe")
    except Exception as error:  # noqa: BLE001 - whatever the client raises, the dependency is down
        return type(error).__name__
    return ""


def _workers() -> str:
    try:
        answers = app.control.broadcast("ping", reply=True, timeout=_SECONDS_FOR_A_WORKER, limit=1)
    except Exception as error:  # noqa: BLE001 - see above
        return f"not to be asked ({type(error).__name__})"
    return "" if answers else "none answers"


_DEPENDENCIES: dict[str, Callable[[], str]] = {"database": _database, "redis": _redis, "workers": _workers}


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process lives; asks no dependency."""
    return _body()


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether the process can serve: it can without a broker, not without the database."""
    problem = _database()
    return _body(f"database: {problem}" if problem else "")


def check_up(request: HttpRequest) -> HttpResponse:
    """Ask every dependency, and tell them apart: database, Redis, and whether any worker answers."""
    results: dict[str, str] = {}
    for name, ask in _DEPENDENCIES.items():
        # Workers are asked through Redis: without it there is nothing to wait for.
        results[name] = "not to be asked without redis" if name == "workers" and results["redis"] else ask()
    down = [f"{name}: {problem}" for name, problem in results.items() if problem]
    dependencies = {name: "KO" if problem else "OK" for name, problem in results.items()}
    return _body("; ".join(down), dependencies=dependencies)


def metrics(request: HttpRequest) -> HttpResponse:
    """Export what Prometheus scrapes."""
    what_is_counted.initialise({driver.code: driver.methods for driver in registry.all_drivers()})
    return HttpResponse(what_is_counted.render(Breakers()), content_type=what_is_counted.CONTENT_TYPE)
