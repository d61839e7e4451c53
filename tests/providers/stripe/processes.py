"""Start what plays Stripe as processes of their own, on loopback, and end them."""

import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parents[3]


class Process:
    """A process that says its address in the first line it prints."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.findall(r"http://127\.0\.0\.1:\d+", line)
        if not found:
            raise RuntimeError(f"it did not start: {line}{self.stop()}")
        self.urls = found
        self.url = found[0]
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.stop()

    def stop(self) -> str:
        """End it; returns what it printed since its first line."""
        self._process.terminate()
        printed, _ = self._process.communicate(timeout=10)
        return printed or ""


class Simulator(Process):
    """Our own Stripe."""

    def __init__(self) -> None:
        super().__init__("-m", "providers.simulators.stripe", "--port", "0")

    def desk(self, act: str, **form: str) -> None:
        """Play the bank's part."""
        answer = self.client.post(f"/_sim/{act}", data=form)
        assert answer.is_success, answer.text

    def on_page(self, session_id: str, outcome: str) -> httpx.Response:
        """Play the customer's part on the hosted page."""
        return self.client.post(f"/c/pay/{session_id}", data={"outcome": outcome})


class Localstripe(Process):
    """Somebody else's Stripe: `url` leads through the filter, `bare` does not."""

    def __init__(self) -> None:
        super().__init__("-m", "tests.providers.stripe.localstripe_process")
        self.bare = self.urls[1]
