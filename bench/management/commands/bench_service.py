"""`python -m django bench_service PROJECT`."""

import json
import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from bench.clients import drive
from bench.orders import pay_command
from payments.models import Project
from payments.services.pay import pay
from payments.services.results import Result


class Command(BaseCommand):
    """Pay through the service with N threads in this process; print the time of each, and the processor time of all."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the project, threads and seconds."""
        parser.add_argument("project", type=UUID)
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--seconds", type=float, default=5)

    def handle(self, *args: Any, project: UUID, threads: int, seconds: float, **options: Any) -> None:
        """Drive."""
        row = Project.objects.get(pk=project)

        def once() -> None:
            answer = pay(pay_command(row))
            if answer.result is not Result.OK:
                raise RuntimeError(f"a payment ended {answer.result}")

        for _ in range(20):
            once()  # imports, caches and plans
        with CaptureQueriesContext(connection) as captured:
            once()
        before = time.process_time()
        measured = drive([once] * threads, seconds=seconds, done=connections.close_all)
        spent = time.process_time() - before
        self.stdout.write(json.dumps({"ms": measured.ms, "wall": measured.wall, "cpu": spent, "sql": len(captured)}))
