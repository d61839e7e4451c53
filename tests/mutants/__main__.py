"""Make each break in a copy of the tree and see that its tests notice. Takes some minutes; not part of `make test`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis")


def main(words: list[str]) -> int:
    """Run the chosen scenarios (all where none is named); 1 when a mutant survived."""
    if not os.environ.get("DATABASE_URL"):
        print("DATABASE_URL is not set. Run `eval $(python -m paymenthub.embedded start | sed 's/^/export /')` first.")
        return 2
    chosen = [mutant for mutant in MUTANTS if not words or mutant.scenario in words]
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for number, mutant in enumerate(chosen, start=1):
            killed = _is_killed(copy, mutant)
            survived += not killed
            verdict = "killed" if killed else "SURVIVED"
            print(f"{number}/{len(chosen)} {mutant.scenario:4} {verdict:8} {mutant.what}", flush=True)
    return 1 if survived else 0


def _is_killed(copy: Path, mutant: Mutant) -> bool:
    """Tell whether the tests pass as they are and fail with the break."""
    file = copy / mutant.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.scenario}: the text to break stands {text.count(mutant.old)} times in {mutant.file}")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--reuse-db",
        "-p",
        "no:randomly",
        mutant.path,
        "-k",
        mutant.word,
    ]
    if subprocess.run(command, cwd=copy, capture_output=True).returncode != 0:
        raise SystemExit(f"{mutant.scenario}: {' '.join(command)} fails (or finds no test) without the break")
    file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        return subprocess.run(command, cwd=copy, capture_output=True).returncode == 1
    finally:
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
