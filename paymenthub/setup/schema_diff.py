"""Compare the OpenAPI document that the code makes with the committed one, or write it with --write."""

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

from paymenthub.stack.layout import ROOT

_COMMITTED = ROOT / "docs" / "openapi.json"
_MOST_LINES = 80


def main() -> int:
    """Show the difference; 1 when there is one."""
    with tempfile.TemporaryDirectory() as folder:
        target = _COMMITTED if "--write" in sys.argv[1:] else Path(folder) / "openapi.json"
        command = ["manage.py", "spectacular", "--format", "openapi-json", "--file", str(target)]
        status = subprocess.run([sys.executable, *command], cwd=ROOT).returncode
        if status != 0:
            return status
        made = target.read_text().splitlines()
    committed = _COMMITTED.read_text().splitlines() if _COMMITTED.exists() else []
    difference = list(difflib.unified_diff(committed, made, "docs/openapi.json", "the code", lineterm=""))
    print(*difference[:_MOST_LINES], sep="\n", end="\n" if difference else "")
    if len(difference) > _MOST_LINES:
        print(f"… and {len(difference) - _MOST_LINES} lines more")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
