"""Spoil answers: late, never, cut off, wrong."""

import asyncio
import contextlib

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from . import errors
from .errors import ApiError
from .faults import ActiveFault

GARBAGE = "<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"


class Late(Response):
    """Sends an answer after some seconds, unless the caller has gone."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await _caller_leaves(receive, self._seconds):
            await self._answer(scope, receive, send)


class Never(Response):
    """Closes the connection without a byte, after `seconds` or when the caller gives up."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._seconds and await _caller_leaves(receive, self._seconds):
            return
        await hang_up(scope, receive)


class Spoiler:
    """Applies an answer fault to an answer that is already stored."""

    def __init__(self, *, delay: float, hold: float) -> None:
        self._delay = delay
        self._hold = hold

    def spoil(self, request: Request, answer: Response, fault: ActiveFault | None) -> Response:
        """Return what is sent in place of `answer`."""
        name = fault.name if fault else ""
        milliseconds = fault.milliseconds if fault else None
        if name == "delay":
            return Late(answer, self._delay if milliseconds is None else milliseconds / 1000)
        if name == "no_answer_after_charge":
            return Never(self._hold if milliseconds is None else milliseconds / 1000)
        if name == "close_after_charge":
            return Never(0)
        if name == "error_after_charge":
            return errors.response(request, breakdown())
        if name == "garbage_after_charge":
            return HTMLResponse(GARBAGE)
        return answer


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the caller's connection without a byte."""
    scope["sandpay.transport"].abort()
    await _caller_leaves(receive, 1.0)


def breakdown() -> ApiError:
    """Make the 500 that a fault asks for; it does not tell whether anything happened."""
    return ApiError(500, "api_error", "internal_error", "Something went wrong at Sandpay.")


async def _caller_leaves(receive: Receive, seconds: float) -> bool:
    async def disconnected() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(disconnected(), seconds)
        return True
    return False
