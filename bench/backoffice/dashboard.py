"""The dashboard, over each of its periods, and a chart's file."""

from collections.abc import Iterator
from urllib.parse import urlencode

from .frame import Case, Scene

_LIMIT = 300.0  # milliseconds, p95


def cases(scene: Scene) -> Iterator[Case]:
    """Yield the cases, for one who sees all projects and one who sees two."""
    choices = {
        "30 days": {},
        "today": {"period": "today"},
        "year to date": {"period": "ytd"},
        "year to date against the year before": {"period": "ytd", "compare": "year"},
        "two years": {"period": "custom", "from": "2025-01-01", "to": "2026-12-31", "compare": "none"},
    }
    for who in ("all", "scoped"):
        for name, query in choices.items():
            address = f"/admin/?{urlencode(query)}"
            yield Case(f"dashboard, {name}, {who}", scene.get(address, who, text='id="card-figures"'), _LIMIT)
        address = "/admin/dashboard/amount-by-day-years.csv"
        yield Case(f"dashboard, a chart as CSV, {who}", scene.get(address, who, text="this_year_"), _LIMIT)
