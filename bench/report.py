"""Rows of figures, printed as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .clients import Measured


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what was run, over how many connections, how long each took, what each cost."""

    name: str
    clients: int
    measured: Measured
    statements: int | None = None
    cost: Mapping[str, float] | None = None
    cpu: float | None = None

    @property
    def rate(self) -> float:
        """How many a second."""
        return len(self.measured.ms) / self.measured.wall


_HEAD = (
    "what", "clients", "/s", "of limit", "p50 ms", "p95", "p99", "CPU ms", "statements", "commits", "inserted", "updated",
    "WAL bytes", "flushes",
)  # fmt: skip


def table(rows: Sequence[Row], *, limit: str) -> str:
    """Write the rows; `limit` names the one that the others are compared with, at the same number of clients."""
    rates = {row.clients: row.rate for row in rows if row.name == limit}
    lines = [_HEAD, *(_cells(row, rates.get(row.clients)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def _cells(row: Row, limit: float | None) -> tuple[str, ...]:
    ordered = sorted(row.measured.ms)

    def percentile(share: float) -> str:
        return f"{ordered[min(len(ordered) - 1, int(len(ordered) * share))]:.1f}"

    cost = row.cost or {}
    return (
        row.name,
        str(row.clients),
        f"{row.rate:,.0f}",
        f"{row.rate / limit:.0%}" if limit and cost else "",
        percentile(0.5),
        percentile(0.95),
        percentile(0.99),
        "" if row.cpu is None else f"{row.cpu * 1000 / len(ordered):.2f}",
        "" if row.statements is None else str(row.statements),
        *(f"{cost[name]:.1f}" if name in cost else "" for name in ("commits", "inserted", "updated")),
        f"{cost['wal_bytes']:,.0f}" if "wal_bytes" in cost else "",
        f"{cost['flushes']:.2f}" if "flushes" in cost else "",
    )
