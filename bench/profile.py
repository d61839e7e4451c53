"""Where the Python time of one pay goes, by cProfile: through the service, and through the WSGI application.

Command line: python -m bench.profile [--payments N] [--sort cumulative|tottime] [--rows N]
"""

import argparse
import sys

from paymenthub.setup.errors import SetupError

from . import machine
from .stage import stage


def main() -> int:
    """Profile, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=500)
    parser.add_argument("--sort", choices=["cumulative", "tottime"], default="cumulative")
    parser.add_argument("--rows", type=int, default=70)
    parser.add_argument("--pool", type=int, default=0, help="DATABASE_POOL_SIZE of the hub's process")
    arguments = parser.parse_args()
    print("\n".join(machine.describe()))
    with stage(pool=arguments.pool) as ready:
        options = [f"--payments={arguments.payments}", f"--sort={arguments.sort}", f"--rows={arguments.rows}"]
        for door in ("service", "wsgi"):
            print(ready.run("bench_profile", ready.merchant.project, ready.merchant.key, f"--door={door}", *options))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
