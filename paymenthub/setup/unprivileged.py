"""Start PostgreSQL as somebody else than root, whom it refuses, without opening any folder to others.

An unprivileged user often cannot get into a folder below root's home: neither to the data nor to the programs in a
virtualenv. There it gets one capability and no other: to search folders and read files (CAP_DAC_READ_SEARCH), or where
a container withholds that one, CAP_DAC_OVERRIDE. No mode or owner of a folder above VAR_DIR is changed.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import SetupError

_USER = "nobody"
_CAPABILITIES = ("", "dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class RunAs:
    """Who runs a program: what to put before it, and who must own its files."""

    prefix: tuple[str, ...]
    uid: int
    gid: int


def owner() -> tuple[int, int]:
    """Return user and group ids that must own the data: our own, or an unprivileged user's where we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        entry = pwd.getpwnam(_USER)
    except KeyError as error:
        raise SetupError(
            f"PostgreSQL does not run as root, and there is no user {_USER} here.\n"
            "Run the command as an ordinary user, or give DATABASE_URL of a PostgreSQL of yours."
        ) from error
    return entry.pw_uid, entry.pw_gid


def run_as(*, program: Path, folder: Path) -> RunAs:
    """Find a way to run `program` on `folder` that works here, with as few rights as possible.

    Tried for real, as permission bits alone do not tell (access lists, containers, mounts).
    """
    uid, gid = owner()
    if os.geteuid() != 0:
        return RunAs((), uid, gid)
    setpriv = shutil.which("setpriv", path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    for capability in _CAPABILITIES if setpriv else ():
        prefix = (
            str(setpriv),
            f"--reuid={uid}",
            f"--regid={gid}",
            "--clear-groups",
            "--no-new-privs",
            *_keep(capability),
        )
        probe = subprocess.run(
            [*prefix, "/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(folder), str(program)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
        )
        if probe.returncode == 0:
            return RunAs(prefix, uid, gid)
    raise SetupError(
        f"PostgreSQL does not run as root, and the user {_USER} cannot get to\n    {folder}\nor\n    {program}\n"
        "Run the command as an ordinary user, or put the copy and VAR_DIR= into folders that everybody may enter,\n"
        "or give DATABASE_URL of a PostgreSQL of yours."
    )


def _keep(capability: str) -> tuple[str, ...]:
    if not capability:
        return ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
    only = f"-all,+{capability}"
    # Without no_setuid_fixup access(2), by which initdb looks for its programs, would not see the capability.
    return ("--securebits=+no_setuid_fixup", f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}")
