"""How long the method page takes to its first byte, beside a bare Django template view: python -m bench.checkout_page.

The web process is the one of `make up`; one kept-alive connection asks both in turn, so that whatever else the machine does
falls on both alike.
"""

import argparse
import time
from statistics import median, quantiles
from urllib.parse import urlsplit

import httpx

from .machine import describe
from .stage import stage
from .web import web


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="times that each page is asked for (default 400)")
    rounds = parser.parse_args().rounds
    with stage(pool=4) as ready, web(ready) as (base, _), httpx.Client(base_url=base, trust_env=False) as client:
        print("\n".join([*describe(), ""]))
        page = _opened(client, ready.merchant.key)
        taken: dict[str, list[float]] = {"bench/template": [], page.lstrip("/"): []}
        for number in range(rounds + 20):
            for path, each in taken.items():
                ms = _first_byte(client, f"/{path}")
                if number >= 20:  # the first ones fill caches
                    each.append(ms)
    bare, ours = taken.values()
    for name, each in (("bare template view", bare), ("method page", ours)):
        print(f"{name:20} median {median(each):6.2f} ms   p95 {quantiles(each, n=20)[-1]:6.2f} ms")
    print(f"ratio of the medians {median(ours) / median(bare):.1f}")


def _opened(client: httpx.Client, key: str) -> str:
    """Open a payment and its checkout; returns the page's path."""
    body = {"amount": 2599, "currency": "EUR", "shopTransactionId": f"bench-{time.time_ns()}"}
    made = client.post("/v1/payments", json=body, headers={"Authorization": f"Bearer {key}"})
    made.raise_for_status()
    opened = client.get(urlsplit(made.json()["checkoutUrl"]).path)
    assert opened.status_code == 303, opened.text
    return opened.headers["Location"]


def _first_byte(client: httpx.Client, path: str) -> float:
    """Return the milliseconds until the head of the answer is there."""
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        taken = (time.perf_counter() - began) * 1000
        answer.read()
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return taken


if __name__ == "__main__":
    main()
