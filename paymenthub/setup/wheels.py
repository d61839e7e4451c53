"""Find programs that came with a Python package."""

import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from .errors import SetupError


def program(package: str, pattern: str) -> Path:
    """Return the path of a program among the files of an installed package; raise SetupError where there is none."""
    try:
        found = next((file for file in files(package) or () if file.match(pattern)), None)
    except PackageNotFoundError:
        found = None
    path = Path(str(found.locate())).resolve() if found else None
    if path is None or not os.access(path, os.X_OK):
        raise SetupError(
            f"The program {pattern} of the package {package} is not installed, or may not be executed.\n"
            "Remove the folder .venv and run `make up`, or give DATABASE_URL and REDIS_URL of servers of yours."
        )
    return path
