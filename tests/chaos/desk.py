"""The sandbox PSP's control desk: queue faults, open and close its port, ask which faults took effect."""

import asyncio
from typing import Any

import httpx

from .kinds import psp_kind
from .plan import Fault, Order


class Desk:
    """The desk goes down with the PSP: whoever wants something of it waits until it is back."""

    def __init__(self, control_port: int) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{control_port}",
            headers={"Sandpay-Control": "1"},
            timeout=10,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def queue(self, order: Order) -> None:
        """Queue an order's faults."""
        for fault in order.faults:
            await self._insist("POST", "/control/faults", json=_command(order, fault))

    async def open_port(self, is_open: bool) -> None:
        """Let connections be taken, or refused."""
        await self._insist("POST", "/control/port", json={"open": is_open})

    async def effects(self) -> dict[str, int]:
        """Return how often each fault took effect, by the table's names."""
        answer = await self._insist("GET", "/control/faults")
        counts: dict[str, dict[str, int]] = answer.json()["counts"]
        return {psp_kind(operation, name): count for operation, by in counts.items() for name, count in by.items()}

    async def _insist(self, method: str, path: str, json: Any = None) -> httpx.Response:
        while True:
            try:
                answer = await self._http.request(method, path, json=json)
            except httpx.TransportError:
                await asyncio.sleep(0.3)
                continue
            answer.raise_for_status()
            return answer


def _command(order: Order, fault: Fault) -> dict[str, Any]:
    command: dict[str, Any] = {"operation": fault.operation, "fault": fault.name, "reference": order.id}
    return command if fault.ms is None else {**command, "ms": fault.ms}
