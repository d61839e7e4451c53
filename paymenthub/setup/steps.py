"""Run commands one after the other, each with a one-line header and the time it took."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paymenthub.stack.layout import ROOT


@dataclass(frozen=True, slots=True)
class Step:
    """A command, a header for it, and what to do when it fails."""

    title: str
    arguments: Sequence[str]
    remedy: str = ""


def run_steps(steps: Sequence[Step], environment: Mapping[str, str]) -> list[str]:
    """Run all steps, whatever fails, and return the titles of those that failed."""
    failed = []
    for step in steps:
        print(f"== {step.title}", flush=True)
        began = time.monotonic()
        status = subprocess.run(
            [sys.executable, *step.arguments], cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL
        ).returncode
        print(f"   {'ok' if status == 0 else 'FAILED'} in {time.monotonic() - began:.1f} s", flush=True)
        if status != 0:
            failed.append(step.title)
            if step.remedy:
                print(f"   {step.remedy}", flush=True)
    return failed
