"""Read what Prometheus would read."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families


class Page:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the one series with exactly these labels; None where there is none."""
        found = [sample.value for sample in self.samples if sample.name == name and sample.labels == labels]
        assert len(found) < 2, f"{name} {labels} is exported {len(found)} times"
        return found[0] if found else None

    def labels(self, name: str) -> list[Mapping[str, str]]:
        return [sample.labels for sample in self.samples if sample.name == name]


def counted(name: str, provider: str, method: str, outcome: str) -> dict[str, str]:
    return {"name": name, "provider": provider, "payment_method": method, "outcome": outcome}
