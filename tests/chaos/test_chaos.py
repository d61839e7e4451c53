"""A short chaos on the real stack, as `make chaos` runs it."""

import subprocess
import sys

import pytest

from paymenthub.stack.layout import ROOT

_COMMAND = ("-m", "tests.chaos", "--seed", "1", "--payments", "240", "--faults", "100", "--seconds", "60")


@pytest.mark.full
@pytest.mark.timeout(800)
def test_a_minute_of_chaos_breaks_no_promise() -> None:
    done = subprocess.run(
        [sys.executable, *_COMMAND], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )

    assert done.returncode == 0, f"{done.stdout[-20_000:]}{done.stderr[-5_000:]}"
    assert done.stdout.count("every promise was kept.") == 1
