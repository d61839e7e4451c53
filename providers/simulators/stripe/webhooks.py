"""Tell merchants: one signed POST for each event, sent again while it is refused."""

import asyncio
import hashlib
import hmac
import json
import logging

import httpx

from .store import Account, Thing, now

logger = logging.getLogger(__name__)

_PAUSES = (0.0, 0.5, 2.0, 5.0)


def sign(body: bytes, secret: str, at: int) -> str:
    """Write the header `Stripe-Signature`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Deliverer:
    """Sends events in the background. To be used inside one event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def notify(self, account: Account, event: Thing) -> None:
        """Send an event where the account wants it; nowhere if it wants none."""
        if account.webhook_url:
            body = json.dumps(event, indent=2).encode()
            task = asyncio.get_running_loop().create_task(
                self._deliver(account.webhook_url, account.webhook_secret, body)
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, url: str, secret: str, body: bytes) -> None:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for pause in _PAUSES:
                await asyncio.sleep(pause)
                headers = {"Content-Type": "application/json", "Stripe-Signature": sign(body, secret, now())}
                try:
                    answer = await client.post(url, content=body, headers=headers)
                    if answer.is_success:
                        return
                except httpx.HTTPError as error:
                    logger.info("a webhook was not delivered", extra={"cause": type(error).__name__})
