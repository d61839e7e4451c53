"""Speak to the hub as a right order system does: the same request again until there is an answer."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from .journal import Journal
from .plan import Order

_AGAIN_STATUSES = (429, 500, 502, 503, 504)
_AGAIN_CODES = ("idempotency_in_flight", "operation_in_progress")
_REFUSED = (404, 409, 412, 422)
_PATIENCE = 20.0
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A last word of the hub: one of its results, or the code of a refusal."""

    status: int
    word: str
    payment: str = ""
    thing: str = ""


@dataclass(slots=True)
class Intent:
    """One thing that an order system means to happen once. `kind` is the hub's word, `amount` minor units."""

    order: str
    kind: str
    amount: int
    path: str
    body: dict[str, Any]
    key: str | None
    replies: list[Reply] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """The hub's last word."""
        return self.replies[-1].word if self.replies else ""


class Hub:
    """The hub's API from outside."""

    def __init__(self, base_url: str, key: str, journal: Journal) -> None:
        self.journal = journal
        self.intents: list[Intent] = []
        self.in_flight = 0
        self.refused_for_now = 0
        """How often it was said that nothing was sent and the same may be tried again."""
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(_PATIENCE, connect=3),
            limits=httpx.Limits(max_connections=300, max_keepalive_connections=50),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def intend(self, order: Order, kind: str, amount: int, path: str, body: dict[str, Any]) -> Intent:
        """Write down what is meant to happen, before anything is sent."""
        intent = Intent(order.id, kind, amount, path, body, uuid.uuid4().hex if order.keyed else None)
        self.intents.append(intent)
        return intent

    async def do(self, order: Order, intent: Intent) -> Intent:
        """Send an intent until it is answered; twice at once where the plan says so."""
        if order.doubled:
            await asyncio.gather(self._insist(intent), self._insist(intent))
        else:
            await self._insist(intent, impatient=order.impatient)
        return intent

    async def _insist(self, intent: Intent, *, impatient: float | None = None) -> None:
        pause = 0.2
        while True:
            answer = await self._send(intent, impatient)
            impatient = None
            if answer is not None and self._is_last_word(intent, answer):
                return
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.6)

    async def _send(self, intent: Intent, impatient: float | None) -> httpx.Response | None:
        headers = {"Idempotency-Key": intent.key} if intent.key else {}
        what = f"{intent.kind} {intent.amount} key {(intent.key or '-')[:6]}"
        self.in_flight += 1
        try:
            answer = await self._http.post(
                intent.path,
                json=intent.body,
                headers=headers,
                timeout=impatient or httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.TransportError as error:
            name = "hung up" if impatient and isinstance(error, httpx.TimeoutException) else type(error).__name__
            self.journal.answers[name] += 1
            self.journal.note(intent.order, f"{what} -> {name}")
            return None
        finally:
            self.in_flight -= 1
        self.journal.answers[str(answer.status_code)] += 1
        self.journal.note(intent.order, f"{what} -> {answer.status_code} {answer.text[:300]}")
        return answer

    def _is_last_word(self, intent: Intent, answer: httpx.Response) -> bool:
        body = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.status_code == 200:
            said = body.get("metadata", {})
            intent.answer = body
            intent.replies.append(Reply(200, body["result"], said.get("hubPaymentId", ""), said.get("refundId", "")))
            return True
        self.refused_for_now += answer.status_code == 503 and body.get("retryable") is True
        if answer.status_code in _AGAIN_STATUSES or body.get("code") in _AGAIN_CODES:
            return False
        if answer.status_code not in _REFUSED:
            self.journal.surprise(
                f"{intent.order}: {intent.kind} was answered {answer.status_code} {answer.text[:200]}"
            )
        intent.replies.append(Reply(answer.status_code, str(body.get("code", ""))))
        return True

    async def read(self, path: str, **params: str) -> dict[str, Any] | None:
        """Ask something; None where there was no answer this time."""
        self.in_flight += 1
        try:
            answer = await self._http.get(path, params=params)
        except httpx.TransportError as error:
            self.journal.answers[type(error).__name__] += 1
            return None
        finally:
            self.in_flight -= 1
        self.journal.answers[str(answer.status_code)] += 1
        return dict(answer.json()) if answer.status_code == 200 else None
