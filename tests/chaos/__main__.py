"""Command line: python -m tests.chaos [--seed N]... [--payments N] [--faults N] [--seconds N] [--port N] [--keep]"""

import argparse
import contextlib
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from paymenthub.setup.errors import SetupError

from .plan import Plan, TooFew, make_plan
from .run import run
from .table import Outcome, table

_SEEDS = 3
_PORTS = range(21000, 32000, 10)  # below those that systems give to clients
_MOST_HISTORIES = 10


def main() -> int:
    """Run once for each seed; 1 when a promise was not kept or a kind of fault had no effect."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    seeds = arguments.seed or [time.time_ns() // 1000 % 1_000_000 + number for number in range(_SEEDS)]
    plans = [make_plan(seed=seed, payments=arguments.payments, faults=arguments.faults) for seed in seeds]
    again = f"PAYMENTS={arguments.payments} FAULTS={arguments.faults} SECONDS={arguments.seconds:g}"
    failed = []
    for plan in plans:
        print(f"seed {plan.seed}: {len(plan.orders)} payments, {sum(1 for _ in plan.faults())} faults at the PSP and")
        print(f"  {len(plan.kills)} kills are planned. To do it again: make chaos SEED={plan.seed} {again}", flush=True)
        if not _one(plan, arguments):
            failed.append(plan.seed)
    for seed in failed:
        print(f"FAILED. The same plan again: make chaos SEED={seed} {again}")
    return 1 if failed else 0


def _one(plan: Plan, arguments: argparse.Namespace) -> bool:
    """Run one plan in a folder of its own, which stays where the run has failed."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    good = False
    try:
        outcome = run(
            plan,
            folder=folder / "stack",
            seconds=arguments.seconds,
            wanted=arguments.faults,
            port=arguments.port or _port(),
        )
        print(f"\nseed {plan.seed}\n{table(outcome)}")
        good = _verdict(outcome)
    finally:
        if good and not arguments.keep:
            shutil.rmtree(folder)
        else:
            print(f"Logs, the sandbox's file and PostgreSQL's data are kept in {folder}")
    return good


def _port() -> int:
    """Choose a port that no client's own end of a connection takes while its server is down."""
    for port in _PORTS:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise SetupError("No free port was found from 21000 to 31999. Name one with PORT=.")


def _verdict(outcome: Outcome) -> bool:
    for surprise in outcome.surprises:
        print(f"  must not happen: {surprise}")
    for violation in outcome.violations:
        print(f"  {violation.rule}: {violation.order} {violation.text}")
    for order, history in list(outcome.histories.items())[:_MOST_HISTORIES]:
        print(f"\n  {order}\n{history}")
    failures = outcome.failures()
    print(f"seed {outcome.plan.seed}: {'; '.join(failures) if failures else 'every promise was kept.'}\n", flush=True)
    return not failures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Pay and kill at the same time, then compare hub and PSP."
    )
    parser.add_argument("--seed", type=_count, action="extend", nargs="+", help="one run each; none: three new ones")
    parser.add_argument("--payments", type=_count, default=2000, help="payments of each run")
    parser.add_argument("--faults", type=_count, default=200, help="faults that must take effect in each run")
    parser.add_argument("--seconds", type=_seconds, default=360.0, help="over which payments are begun")
    parser.add_argument("--port", type=_count, help="the hub's port; none: a free one from 21000 on")
    parser.add_argument("--keep", action="store_true", help="keep logs and data of a good run too")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _seconds(text: str) -> float:
    return float(_count(text))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupError, TooFew) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
