"""Do the work of `make check`, `make test` and `make schema`, with servers of their own.

PostgreSQL and Valkey are embedded ones in VAR_DIR/test, unless DATABASE_URL and REDIS_URL name others; they are stopped
at the end, however it ends. Command line: python -m paymenthub.setup.verify check|test|schema [arguments of pytest]
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from paymenthub.embedded import ensure_missing, stop_servers

from .errors import SetupError
from .files import locked_or_none, make_folder
from .steps import Step, run_steps

_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
_CHECKS = (
    Step("format (ruff)", ["-m", "ruff", "format", "--check", "."], "Run `make format`."),
    Step("lint (ruff)", ["-m", "ruff", "check", "."]),
    Step("types (mypy)", ["-m", "mypy"]),
    Step("import contracts", ["-c", _LINT_IMPORTS, "--config", ".importlinter.toml"]),
    Step("Django's system checks", ["manage.py", "check", "--fail-level", "WARNING"]),
    Step(
        "migrations",
        ["manage.py", "makemigrations", "--check", "--dry-run"],
        "Run `make up`, then `.venv/bin/python manage.py makemigrations`, and read what it wrote.",
    ),
    Step("OpenAPI document", ["-m", "paymenthub.setup.schema_diff"], "Where the change is meant: `make schema`."),
)
_WORKERS = ["-n", "2"]
"""Two: the tests wait for PostgreSQL and for processes of their own much of the time, and CI has two cores."""
_TESTS = (
    Step("tests (pytest)", ["-m", "pytest", "-m", "not alone", *_WORKERS, "--durations", "25"]),
    Step("tests of whole stacks (pytest)", ["-m", "pytest", "-m", "alone", "--durations", "15"]),
)
_SCHEMA = (Step("OpenAPI document", ["-m", "paymenthub.setup.schema_diff", "--write"]),)


def main() -> int:
    """Run what was asked for; 1 when a step failed."""
    parser = argparse.ArgumentParser(prog="python -m paymenthub.setup.verify")
    parser.add_argument("command", choices=["check", "test", "schema"])
    arguments, pytest_arguments = parser.parse_known_args()
    var_dir = make_folder(Path(os.environ.get("VAR_DIR") or "var").resolve() / "test")
    signal.signal(signal.SIGTERM, _interrupt)
    with locked_or_none(var_dir / "run.lock") as free:
        if not free:
            raise SetupError(f"Tests or checks already run on {var_dir}. Wait for them, or give another VAR_DIR=.")
        try:
            environment = {
                "DJANGO_SETTINGS_MODULE": "paymenthub.settings.test",
                "VAR_DIR": str(var_dir),
                **ensure_missing(var_dir).environment(),
                "PYTHONHASHSEED": "0",  # workers must collect the tests of sets in one order
            }
            checks = _SCHEMA if arguments.command == "schema" else _CHECKS
            failed = run_steps(checks, environment)
            if arguments.command == "test":
                # Whoever gives arguments says what to run, and runs just that.
                chosen = [Step("tests (pytest)", ["-m", "pytest", *pytest_arguments])] if pytest_arguments else _TESTS
                failed += run_steps(chosen, environment)
        finally:
            stop_servers(var_dir)
    print(f"FAILED: {', '.join(failed)}" if failed else "All passed.")
    return 1 if failed else 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
