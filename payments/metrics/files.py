"""The folder in which the processes of one host put their counters, for whichever of them is scraped to add up.

It must exist before the first of them starts. Knows no Django, so that whoever starts the processes can use it.
"""

import os
import re
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_FILE = re.compile(r"[a-z]+(?:_[a-z]+)?_(?P<pid>\d+)\.db")


def prepare(folder: Path) -> None:
    """Make the folder, and remove what processes that are no more have left in it.

    For the start of everything only: while others run on, the counts of one that ended must stay, or sums would fall.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        found = _FILE.fullmatch(file.name)
        if found and not _lives(int(found["pid"])):
            file.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
