"""Run it: `python -m providers.simulators.stripe --port 9300`. It listens on loopback only and forgets all at its end."""

import argparse
import socket
import sys

import uvicorn

from .app import make

HOST = "127.0.0.1"


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m providers.simulators.stripe")
    parser.add_argument("--port", type=int, default=9300, help="0 takes a free one (default: 9300)")
    port = parser.parse_args().port
    # The protocol is named since asyncio sends small packets at once only then.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            sys.stderr.write(f"Port {port} cannot be had: {error.strerror}. Choose another one with --port.\n")
            return 1
        bound.listen(128)
        print(f"Stripe's simulator listens on http://{HOST}:{bound.getsockname()[1]}", flush=True)  # noqa: T201
        server = uvicorn.Server(uvicorn.Config(make(), log_config=None, access_log=False, lifespan="off", ws="none"))
        server.run(sockets=[bound])
    return 0


if __name__ == "__main__":
    sys.exit(main())
