"""`python -m django bench_profile PROJECT KEY`."""

import cProfile
import io
import json
import pstats
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from bench.orders import pay_command
from paymenthub.kernel import ids
from paymenthub.wsgi import application
from payments.models import Project
from payments.services.pay import pay
from payments.services.results import Result

_BODY = {"amount": 1299, "currency": "EUR"}


class Command(BaseCommand):
    """Pay one after the other in one thread, first without and then under cProfile; print where the time goes."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the project, its key, and how many payments."""
        parser.add_argument("project", type=UUID)
        parser.add_argument("key")
        parser.add_argument("--payments", type=int, default=500)
        parser.add_argument("--door", choices=["service", "wsgi"], default="service")
        parser.add_argument("--rows", type=int, default=70)
        parser.add_argument("--sort", default="cumulative")

    def handle(
        self, *args: Any, project: UUID, key: str, payments: int, door: str, rows: int, sort: str, **options: Any
    ) -> None:
        """Measure."""
        once = _through_service(Project.objects.get(pk=project)) if door == "service" else _through_wsgi(key)
        for _ in range(50):
            once()
        wall, cpu = _timed(once, payments)
        self.stdout.write(f"\n{door}: {wall:.2f} ms a payment, {cpu:.2f} ms of them on the processor")
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(payments):
            once()
        profile.disable()
        out = io.StringIO()
        pstats.Stats(profile, stream=out).sort_stats(sort).print_stats(rows)
        self.stdout.write(out.getvalue())


def _timed(once: Callable[[], None], payments: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(payments):
        once()
    return (time.perf_counter() - wall) * 1000 / payments, (time.process_time() - cpu) * 1000 / payments


def _through_service(project: Project) -> Callable[[], None]:
    def once() -> None:
        if pay(pay_command(project)).result is not Result.OK:
            raise RuntimeError("a payment was not paid")

    return once


def _through_wsgi(key: str) -> Callable[[], None]:
    """Call the WSGI application as a server would, without a socket."""

    def once() -> None:
        body = json.dumps(_BODY | {"shopTransactionId": f"order-{ids.new_uuid().hex}"}).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/instant/credit-cards/pay",
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
        }
        answer = application(environ, lambda status, headers, trouble=None: lambda data: None)
        if b'"result":"OK"' not in b"".join(answer):
            raise RuntimeError("a payment was not paid")
        answer.close()

    return once
