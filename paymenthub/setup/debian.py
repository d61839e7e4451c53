"""Make sure that the Debian packages of some purposes are there: python -m paymenthub.setup.debian PURPOSE...

Needs nothing but Python's own library, as it also runs before there is a virtualenv. The table is
deploy/debian-packages.txt.
"""

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_TABLE = Path(__file__).resolve().parents[2] / "deploy" / "debian-packages.txt"


@dataclass(frozen=True)
class Package:
    """A Debian package; the program, library, font or Python module that shows it is there; and what it is for."""

    purpose: str
    name: str
    capability: str
    reason: str

    def is_there(self) -> bool:
        """Look for what the package brings, wherever that came from."""
        kind, _, what = self.capability.partition(":")
        if kind == "module":
            return importlib.util.find_spec(what) is not None
        if kind == "library":
            return ctypes.util.find_library(what) is not None
        if kind == "font":
            return any(True for folder in _FONTS for _ in folder.rglob(f"{what}.*"))
        return shutil.which(what) is not None


def read_table(text: str) -> list[Package]:
    """Read lines of purposes (with commas), package, capability and reason; # begins a comment."""
    lines = (line.split("#", 1)[0].split(maxsplit=3) for line in text.splitlines())
    return [Package(*fields) for fields in lines if fields]


def ensure(*purposes: str, table: Path = _TABLE) -> list[Package]:
    """Install what is missing, where that is allowed, and return what is missing still."""
    wanted = [package for package in read_table(table.read_text()) if set(package.purpose.split(",")) & set(purposes)]
    missing = [package for package in wanted if not package.is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        names = [package.name for package in missing]
        print(f"- Installing Debian packages: {' '.join(names)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
            done = subprocess.run(
                ["apt-get", "-qq", *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
            if done.returncode != 0:
                print(f"apt-get {command[0]} failed; its message stands above.", file=sys.stderr)
                break
        importlib.invalidate_caches()
    return [package for package in missing if not package.is_there()]


def main() -> int:
    """Report what is missing, and the command that installs it."""
    missing = ensure(*sys.argv[1:])
    if not missing:
        return 0
    for package in missing:
        print(f"The Debian package {package.name} is missing: {package.reason}", file=sys.stderr)
    names = " ".join(package.name for package in missing)
    print(f"Install it with:\n    sudo apt-get update && sudo apt-get install --yes {names}", file=sys.stderr)
    if sys.argv[1:] == ["up"]:
        print("Going on without: everything runs, but what they are for.", file=sys.stderr)
        return 0
    if os.environ.get("ALLOW_MISSING"):
        print("ALLOW_MISSING is set: going on without.", file=sys.stderr)
        return 0
    if "test" in sys.argv:
        print("Or run the tests without what needs it: make test ALLOW_MISSING=1", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
