"""The system check of what PDFs need from the machine."""

from collections.abc import Sequence
from ctypes.util import find_library
from typing import Any

from django.core.checks import CheckMessage, Warning

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}


def missing_packages() -> list[str]:
    """Return the Debian packages that this machine lacks."""
    return [package for library, package in LIBRARIES.items() if find_library(library) is None]


def pdf_libraries_are_there(**_: Any) -> Sequence[CheckMessage]:
    """Warn where invoices cannot become PDFs; numbers and data are kept all the same."""
    missing = missing_packages()
    if not missing:
        return []
    names = " ".join(missing)
    return [
        Warning(
            f"Invoices cannot become PDFs: the Debian packages {names} are missing.",
            hint=f"sudo apt-get update && sudo apt-get install --yes {names}",
            id="invoices.W001",
        )
    ]
