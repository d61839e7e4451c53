"""The example receiver, run beside the demo."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.core.management.base import CommandError

_PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "receiver" / "receiver.py"


class ExampleReceiver:
    """Run examples/receiver on a free loopback port while the block lasts, and read what it prints."""

    def __init__(self, secret: str) -> None:
        self.url = ""
        self._environment = {**os.environ, "WEBHOOK_SECRET": secret}
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(_PROGRAM)], stdout=subprocess.PIPE, text=True, env=self._environment
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        first = self.wait_for(lambda line: "listening" in line, seconds=15)
        if first is None:
            self.__exit__(None, None, None)
            raise CommandError(f"The example receiver did not start. Try: WEBHOOK_SECRET=whsec_… python {_PROGRAM}")
        self.url = str(first["listening"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)
        if self._process.stdout:
            self._process.stdout.close()

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float) -> dict[str, Any] | None:
        """Return the next line that is wanted, None when none came in time; others are dropped."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                return None
            if wanted(line):
                return line
        return None

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(json.loads(line))
