"""Command line of the local stack: python -m paymenthub.stack up|down|status|demo|seed."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from paymenthub.embedded import running_servers
from paymenthub.setup.errors import SetupError

from .down import down, status
from .environment import local_environment
from .layout import ROOT, Layout
from .ports import read_ports
from .state import read_state
from .up import up, up_detached


def parser() -> argparse.ArgumentParser:
    """Return the command line; VAR_DIR and PORT of the environment are its defaults."""
    parser = argparse.ArgumentParser(prog="python -m paymenthub.stack", description="The local stack.")
    parser.add_argument("command", choices=["up", "down", "status", "demo", "seed"])
    parser.add_argument("--var-dir", type=Path, default=Path(os.environ.get("VAR_DIR") or "var"))
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT") or None,
        help="web port; unset: the last one, 8000, or a free one",
    )
    parser.add_argument("--detach", action="store_true", help="return when the stack is ready")
    parser.add_argument("--payments", type=int, default=20_000, help="for seed: how many made-up payments; 20000")
    return parser


def main() -> int:
    """Run one command on the stack of a folder."""
    arguments = parser().parse_args()
    layout = Layout(arguments.var_dir.resolve())
    where = "" if layout.var_dir == ROOT / "var" else f" VAR_DIR='{arguments.var_dir}'"
    if arguments.command == "up":
        return (up_detached if arguments.detach else up)(layout, port=arguments.port, where=where)
    if arguments.command == "demo":
        return _manage(layout, ["demo"], where=where)
    if arguments.command == "seed":
        return _manage(layout, ["seed_demo", "--payments", str(arguments.payments), "--add"], where=where)
    return (down if arguments.command == "down" else status)(layout)


def _manage(layout: Layout, command: list[str], *, where: str) -> int:
    """Run a command of manage.py with the addresses of the running stack."""
    state = read_state(layout)
    if not (state and state.ready and state.supervisor.is_alive()):
        raise SetupError(f"The stack does not run. Start it in another terminal with `make up{where}`, then try again.")
    environment = local_environment(layout, running_servers(layout.var_dir), read_ports(layout.ports))
    return subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment).returncode


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535 (PORT=8000)")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
