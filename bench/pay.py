"""One pay beside its limit: pgbench writing the same rows, the service in one process, and HTTP through granian.

Command line: python -m bench.pay [--seconds S] [--clients 1,8,32] [--pool N]
"""

import argparse
import os
import sys
from collections.abc import Callable

from paymenthub.setup.errors import SetupError

from . import counters, machine, pgbench
from .clients import HttpClient, Measured, drive
from .report import Row, table
from .stage import Stage, stage
from .web import cpu_seconds, web

_PATH = "/instant/credit-cards/pay"
_LIMIT = "pgbench, same statements"
_BEST = "pgbench, one statement a transaction"
_WARM_UP_SECONDS = 1.5


def main() -> int:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.pay", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--clients", type=_numbers, default=[1, 8, 32], help="connections, such as 1,8,32")
    parser.add_argument("--pool", type=int, default=0, help="DATABASE_POOL_SIZE of the hub's processes")
    arguments = parser.parse_args()
    for line in machine.describe():
        print(line)
    with stage(pool=arguments.pool) as ready:
        print(f"database     {counters.settings(ready.database_url)}; hub's pool: {arguments.pool or 'none'}")
        rows: list[Row] = []
        size = ""
        for clients in arguments.clients:
            for measure in (_pgbench_same, _pgbench_best, _service, _http, _bare):
                print(f"… {measure.__name__.strip('_')} with {clients}", file=sys.stderr)
                counters.clear(ready.database_url)
                rows.append(measure(ready, clients, arguments.seconds))
                if measure is _http:
                    size = counters.size(ready.database_url)
    print(f"one payment  {size}; load {os.getloadavg()[0]:.2f} at the end\n")
    print(table(rows, limit=_LIMIT))
    return 0


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError("numbers from 1 with commas between them, such as 1,8,32")
    return numbers


def _pgbench_same(ready: Stage, clients: int, seconds: float) -> Row:
    return _pgbench(ready, _LIMIT, "same_statements.sql", clients, seconds)


def _pgbench_best(ready: Stage, clients: int, seconds: float) -> Row:
    return _pgbench(ready, _BEST, "fewest_round_trips.sql", clients, seconds)


def _pgbench(ready: Stage, name: str, script: str, clients: int, seconds: float) -> Row:
    before = counters.read(ready.database_url)
    measured = pgbench.run(ready, script, clients=clients, seconds=seconds)
    cost = counters.read(ready.database_url).per_payment(before)
    return Row(name, clients, measured, pgbench.statements(script), cost)


def _service(ready: Stage, clients: int, seconds: float) -> Row:
    before = counters.read(ready.database_url)
    said = ready.ask("bench_service", ready.merchant.project, "--threads", str(clients), "--seconds", str(seconds))
    cost = counters.read(ready.database_url).per_payment(before)
    return Row("pay, service, one process", clients, Measured(said["ms"], said["wall"]), said["sql"], cost, said["cpu"])


def _http(ready: Stage, clients: int, seconds: float) -> Row:
    before = counters.read(ready.database_url)
    measured, cpu = _over_http(ready, lambda client: client.pay(_PATH, ready.merchant.key), clients, seconds)
    cost = counters.read(ready.database_url).per_payment(before)
    return Row("pay, HTTP", clients, measured, cost=cost, cpu=cpu)


def _bare(ready: Stage, clients: int, seconds: float) -> Row:
    measured, cpu = _over_http(ready, lambda client: client.get("/bench/bare"), clients, seconds)
    return Row("bare view, HTTP", clients, measured, cpu=cpu)


def _over_http(
    ready: Stage, request: Callable[[HttpClient], object], clients: int, seconds: float
) -> tuple[Measured, float]:
    with web(ready) as (base_url, pid):
        connections = [HttpClient(base_url) for _ in range(clients)]

        def asker(client: HttpClient) -> Callable[[], object]:
            return lambda: request(client)

        askers = [asker(client) for client in connections]
        drive(askers, seconds=_WARM_UP_SECONDS, done=lambda: None)
        before = cpu_seconds(pid)
        measured = drive(askers, seconds=seconds, done=lambda: None)
        spent = cpu_seconds(pid) - before
        for client in connections:
            client.close()
        return measured, spent


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
