"""A small shop to click through: `python -m paymenthub.stack.shop --port N --demo-json FILE --db FILE`.

For development only. It knows the hub by its HTTP API alone, as any shop does, and shares no code with it.
"""

import argparse
import sqlite3
import sys
from pathlib import Path

import uvicorn

from .app import make_app
from .hub import Hub, read_hub
from .store import Store

_HOST = "127.0.0.1"


def main() -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m paymenthub.stack.shop")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--demo-json", type=Path, required=True, help="the hub's address, key and callback secret")
    parser.add_argument("--db", type=Path, required=True, help="where carts and orders are kept")
    given = parser.parse_args()
    try:
        access = read_hub(given.demo_json)
        store = Store(given.db)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"The shop cannot read {given.demo_json}: {error}. Run `make up` to have it written.\n")
        return 1
    except sqlite3.Error as error:
        sys.stderr.write(f"The shop cannot use {given.db}: {error}. Name another file with --db.\n")
        return 1
    url = f"http://{_HOST}:{given.port}"
    app = make_app(Hub(access), store, url=url)
    print(f"The demo shop is at {url}", flush=True)
    uvicorn.run(app, host=_HOST, port=given.port, log_level="warning", access_log=False, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
