"""Exports of the backoffice's lists: what is sent at once, what a worker makes, how long files stay."""

from pathlib import Path
from typing import Any

from . import env

EXPORT_STREAM_ROWS = env.integer(
    "EXPORT_STREAM_ROWS", 100_000, help="Rows up to which an export is sent at once; above it a worker writes a file."
)
EXPORT_MAX_ROWS = env.integer(
    "EXPORT_MAX_ROWS",
    1_000_000,
    minimum=1,
    maximum=1_048_575,
    help="Most rows of one export; who wants more narrows the filter. A sheet of Excel holds 1,048,575.",
)
EXPORT_AT_ONCE = env.integer("EXPORT_AT_ONCE", 2, minimum=1, maximum=20, help="Exports of one person at the same time.")
EXPORT_KEEP = env.integer(
    "EXPORT_KEEP", 86_400, minimum=60, help="Seconds for which an export's file can be downloaded; then it is deleted."
)
EXPORT_LEASE = env.integer(
    "EXPORT_LEASE", 60, minimum=5, help="Seconds without news after which an export's worker counts as dead."
)
EXPORT_INTERVAL = env.number(
    "EXPORT_INTERVAL", 15.0, help="Seconds between two looks for exports to make or to delete."
)


def exports_storage(invoices: dict[str, Any], var_dir: Path) -> dict[str, Any]:
    """Name the private storage of exports: beside that of the invoices, of the same kind."""
    local = "FileSystemStorage" in invoices["BACKEND"]
    place = {"location": str(var_dir / "exports") if local else "exports"}
    return {"BACKEND": invoices["BACKEND"], "OPTIONS": invoices["OPTIONS"] | place}
