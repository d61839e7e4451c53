"""docs/metrics.md, made from the code: `python -m payments.metrics.catalogue > docs/metrics.md`."""

import sys

from . import words
from .backlog import AGED, BREAKERS, GAUGES, UP
from .counters import COUNTED_AS, COUNTERS, PSP_SECONDS

_BEFORE = """\
# Metrics

Written by `python -m payments.metrics.catalogue`; do not edit.

## Scraping

`GET /-/metrics` of any web process, without a key: keep it off public listeners. The page adds up what all processes of one host
have counted (web, workers, relay, beat), so scrape one address a host:

```yaml
scrape_configs:
  - job_name: paymenthub
    metrics_path: /-/metrics
    static_configs:
      - targets: ["127.0.0.1:8000"]
```

`make up` sets this up. Elsewhere give every process of a host the same `PROMETHEUS_MULTIPROC_DIR`: a folder on a local disk (or
tmpfs) that exists before the first one starts, and is emptied when all of them start anew. It must not be emptied while some run
on, and must not be shared between hosts or containers. Without the variable a process tells of itself alone, which is right only
where there is one.

Counters start at zero for every provider and payment method that has a driver here. Label values come from closed sets, so no
caller can make new series. Gauges of what waits are read from the database when the page is asked for: every host tells the same,
so take `max`, never `sum`. A database that does not answer costs those gauges and not the page.

Besides these, the page has what `django-prometheus` tells of requests (`django_http_…`).
"""
_ALERTS = """\
## What to be woken by

| expression | means |
| --- | --- |
| `max(paymenthub_attempts_in_doubt) > 0` for 30 minutes | money may have moved and no provider says so: see the operator items |
| `max(paymenthub_ledger_imbalance_minor) > 0` | the hub's books disagree: `manage.py ledger_proof` |
| `max(paymenthub_rollup_days_wrong) > 0` | a sum of the dashboard was wrong until the last night; it is mended, its cause is not |
| `max(paymenthub_operator_items_open{kind="ledger_imbalance"}) > 0` | the same, a hole in the numbering too |
| `max by (provider) (paymenthub_breakers_open) > 0` for 10 minutes | a provider is down, or cannot be reached from here |
| `max(paymenthub_outbox_unpublished_oldest_seconds) > 60` | no relay runs |
| `max(paymenthub_inbox_waiting_oldest_seconds) > 300` | no worker runs, nothing matches, or a provider cannot be asked |
| `max(delta(paymenthub_saga_commands_failed[1h])) > 0` | a step or side effect was given up: see the operator items `step_failed` |
| `max(paymenthub_card_testing_guard) > 0` | somebody tests cards here: see the operator items `card_testing` |
| `sum by (provider) (rate(http_callback_total{outcome="refused"}[15m])) > 0` | a wrong webhook secret, or somebody tries |
| `paymenthub_database_up == 0` | the database is away |
"""


def catalogue() -> str:
    """Return the page."""
    return "\n".join([_BEFORE, *_counters(), *_latency(), *_gauges(), _ALERTS])


def _counters() -> list[str]:
    asked: dict[str, list[str]] = {}
    for operation, name in COUNTED_AS.items():
        asked.setdefault(name, []).append(f"`{operation.value}`")
    rows = [
        f"| `{name}` | {counter._documentation} | {', '.join(asked.get(name, []))} |"
        for name, counter in COUNTERS.items()
    ]
    calls = ", ".join(f"`{word}`" for word in words.CALL_OUTCOMES)
    callbacks = ", ".join(f"`{word.value}`" for word in words.CallbackOutcome)
    return [
        "## Counters",
        "",
        "Labels: `provider`, `payment_method`, `outcome`.",
        "",
        "| name | counts | operations of a driver |",
        "| --- | --- | --- |",
        *rows,
        "",
        f"- `outcome` of a call: {calls}. `unknown`: sent, and no usable answer; `not_sent`: surely nothing was done.",
        f"- `outcome` of `http_callback_total`: {callbacks}.",
        f"- `payment_method` is `{words.ANY}` where a call is about no single one.",
        "- A call that is not among the published fourteen (`capture`) is in the histogram below.",
        "- The last three are for services of the original that this hub does not need: they stay at zero until one is configured.",
        "",
    ]


def _latency() -> list[str]:
    return [
        "## Latency",
        "",
        f"`{PSP_SECONDS._name}`, a histogram: {PSP_SECONDS._documentation} Labels: `provider`, `operation`, `outcome`.",
        "",
        "Operations: " + ", ".join(f"`{word}`" for word in words.OPERATIONS) + ".",
        "",
    ]


def _gauges() -> list[str]:
    rows = [f"| `{UP[0]}` | {UP[1]} |"]
    for what, text in GAUGES.items():
        rows.append(f"| `paymenthub_{what}` | {text} |")
        if what in AGED:
            rows.append(f"| `paymenthub_{what}_oldest_seconds` | Age of the oldest of them. |")
    rows.append(f"| `{BREAKERS[0]}` | {BREAKERS[1]} |")
    return ["## Gauges", "", "| name | tells |", "| --- | --- |", *rows, ""]


if __name__ == "__main__":
    sys.stdout.write(catalogue())
