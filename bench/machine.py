"""On what machine, and with which Python, a figure was made: names and sizes, never paths."""

import os
import platform
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path


def describe() -> list[str]:
    """Return a few lines to print over the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"machine      {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB; load {os.getloadavg()[0]:.2f} at the start",
        f"interpreter  CPython {platform.python_version()}, {_build()}",
        "libraries    "
        + ", ".join(f"{name} {version(name)}" for name in ("django", "psycopg", "djangorestframework", "granian")),
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _build() -> str:
    """Say what kind of build it is: it changes every figure."""
    if Path(sys.base_prefix) == Path("/usr"):
        return "the distribution's own"
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"built from source {'with' if optimised else 'without'} --enable-optimizations"
