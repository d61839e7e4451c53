"""How many provider accounts each provider's breakers keep calls from, read from the shared state at each scrape."""

import logging
from collections import Counter
from collections.abc import Iterator

from django.core.cache import cache
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pybreaker import STATE_CLOSED

from payments.metrics.backlog import BREAKERS
from payments.models import ProviderAccount

from ._breaker_state import state_key

logger = logging.getLogger(__name__)


class Breakers(Collector):
    """One gauge by provider; it is left out where database or cache do not answer, and the page is not."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks nobody."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauge."""
        try:
            accounts = {state_key(pk): code for pk, code in ProviderAccount.objects.values_list("pk", "provider")}
            states = cache.get_many(accounts)
        except Exception as error:  # noqa: BLE001 - whatever database or cache raise: the rest of the page is worth having
            logger.warning("the breakers could not be read for a scrape", extra={"cause": type(error).__name__})
            return
        open_ones = Counter(accounts[key] for key, state in states.items() if state != STATE_CLOSED)
        family = GaugeMetricFamily(*BREAKERS, labels=["provider"])
        for code in sorted(set(accounts.values())):
            family.add_metric([code], open_ones[code])
        yield family
