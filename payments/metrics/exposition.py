"""The page that Prometheus reads: every process's counters added up, and what waits, once."""

import os
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from .backlog import Backlog
from .files import VARIABLE

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _ThisProcess(Collector):
    """What this process alone has counted, where it is the only one."""

    def describe(self) -> list[Metric]:
        """Name nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all of it."""
        yield from REGISTRY.collect()


def render(*more: Collector, backlog: Collector | None = None) -> bytes:
    """Write the page in Prometheus' text format, with what `more` collectors tell."""
    registry = CollectorRegistry()
    if os.environ.get(VARIABLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_ThisProcess())
    for collector in (backlog or Backlog(), *more):
        registry.register(collector)
    return generate_latest(registry)
