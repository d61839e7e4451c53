"""Run Sandpay: `python -m providers.simulators.sandbox --db FILE`."""

import asyncio
import contextlib
import signal
import sqlite3
import sys

from . import app, config
from .config import Settings
from .listener import Listener, bind
from .sandpay import Sandpay

CONTROL_HOST = "127.0.0.1"


async def _serve(settings: Settings) -> None:
    public_socket = bind(settings.host, settings.port)
    control_port = settings.control_port
    if control_port is None:
        control_port = public_socket.getsockname()[1] + 1 if settings.port else 0
    control_socket = bind(CONTROL_HOST, control_port)
    sandpay = Sandpay(settings)
    public = Listener(app.make_public(sandpay), public_socket)
    control = Listener(app.make_control(sandpay, public), control_socket)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = [asyncio.create_task(listener.serve()) for listener in (public, control)]
    workers = [asyncio.create_task(work) for work in (sandpay.deliverer.run(), sandpay.jobs.run())]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.gather(public.started(), control.started())
    print(f"Sandpay listens on {public.url} (control: {control.url})", flush=True)  # noqa: T201 - the one line it says
    ended, _ = await asyncio.wait([stopping, *servers, *workers], return_when=asyncio.FIRST_COMPLETED)
    public.stop()
    control.stop()
    await asyncio.wait(servers, timeout=1.5)
    for task in (stopping, *workers):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*workers)
    sandpay.store.close()
    for task in ended:
        task.result()


def main() -> int:
    """Run until SIGTERM or SIGINT; returns the exit status."""
    settings = config.parse(sys.argv[1:])
    try:
        asyncio.run(_serve(settings))
    except OSError as error:
        sys.stderr.write(f"Sandpay cannot listen: {error.strerror}. Choose other ports with --port, --control-port.\n")
        return 1
    except sqlite3.Error as error:
        sys.stderr.write(f"Sandpay cannot use {settings.db}: {error}. Name another file with --db.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
