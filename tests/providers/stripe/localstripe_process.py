"""Run localstripe on loopback with the filter in front of it. A process of its own: localstripe is GPL, and no code of
this project imports it but this script, which only starts it.

`python -m tests.providers.stripe.localstripe_process [port of the filter]`
"""

import asyncio
import json
import logging
import sys
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app as localstripe

from .localstripe_holes import dropped, mend

HOST = "127.0.0.1"
HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Stripe-Version", "Stripe-Account")

logger = logging.getLogger("localstripe.filter")


async def _listen(app: web.Application, port: int) -> str:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    await site.start()
    return f"http://{HOST}:{runner.addresses[0][1]}"


def _filter(target: str) -> web.Application:
    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        names = dropped(request.path)
        if names and body:
            pairs = parse_qsl(body.decode(), keep_blank_values=True)
            kept = [(name, value) for name, value in pairs if name.partition("[")[0] not in names]
            for name in sorted({name for name, _ in pairs} - {name for name, _ in kept}):
                logger.warning("dropped %s from %s %s", name, request.method, request.path)
            body = urlencode(kept).encode()
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, f"{target}{request.path_qs}", data=body, headers=headers) as answer,
        ):
            content = await answer.read()
            if answer.content_type == "application/json":
                content = json.dumps(mend(request.path, answer.status, json.loads(content))).encode()
            return web.Response(status=answer.status, body=content, content_type=answer.content_type)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    return app


async def _run(port: int) -> None:
    bare = await _listen(localstripe, 0)
    front = await _listen(_filter(bare), port)
    print(f"localstripe listens on {front} (without the filter: {bare})", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    # It would keep everything in one file of the temporary folder, which every user of the machine would share.
    Store.dump_to_disk = lambda self: None
    asyncio.run(_run(int(sys.argv[1]) if len(sys.argv) > 1 else 0))


if __name__ == "__main__":
    main()
