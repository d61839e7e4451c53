"""Catch mails on loopback and show them: `python -m paymenthub.stack.mail_catcher --folder DIR --smtp-port N --port N`.

For development only: it takes every mail, sends none on, and keeps the newest.
"""

import argparse
import signal
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller

from .box import MOST_BYTES, Box, Catcher
from .pages import handler_for

_HOST = "127.0.0.1"


def main() -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m paymenthub.stack.mail_catcher")
    parser.add_argument("--folder", type=Path, required=True, help="where mails are kept")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--port", type=int, required=True, help="port of the inbox page")
    given = parser.parse_args()
    box = Box(given.folder)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    smtp = Controller(
        Catcher(box), hostname=_HOST, port=given.smtp_port, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True
    )
    try:
        pages = ThreadingHTTPServer((_HOST, given.port), handler_for(box))
        smtp.start()
    except OSError as error:
        sys.stderr.write(f"The mail catcher cannot listen: {error.strerror}. Choose other ports.\n")
        return 1
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    print(f"Mails for {_HOST}:{given.smtp_port} are shown at http://{_HOST}:{given.port}", flush=True)
    stop.wait()
    smtp.stop()
    pages.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
