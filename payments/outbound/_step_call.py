"""One try of one saga command: by an installed handler, or by a call to an HTTP channel."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from paymenthub.kernel import clock, db
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.redact import redact_text, storable
from payments.domain.machine import Channel, Machine
from payments.models import Project
from payments.outbound._post import Answer, send
from payments.outbound.guard import Resolver, TargetRefused, UnresolvableTarget, resolve
from payments.outbound.secrets import open_secrets
from payments.outbound.sign import InvalidSecret, signed_headers
from payments.saga import handlers
from payments.saga.handlers import HandlerMissing, StepAnswer, StepCommand

logger = logging.getLogger(__name__)

METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
_OURS: Final = frozenset({"host", "content-length", "content-type", "transfer-encoding", "idempotency-key"})
_NO_ANSWER: Final = StepAnswer()


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try: an answer, or an `error`; a `final` one is not tried again. Times: seconds, milliseconds."""

    answer: StepAnswer | None
    error: str = ""
    final: bool = False
    status: int | None = None
    elapsed_ms: int = 0
    retry_after: float | None = None


def call(command: StepCommand, machine: Machine, project: Project, *, tries: int, look_up: Resolver | None) -> Tried:
    """Carry a command out once. Never raises for what a handler or a receiver does."""
    channel = machine.channels.get(command.channel)
    if channel is not None and channel.type == "rest":
        return _post(command, channel, project, tries=tries, look_up=look_up)
    return _handle(command, command.channel if channel is None else channel.handler)


def _handle(command: StepCommand, name: str) -> Tried:
    began = clock.monotonic()
    db.release_connection()
    try:
        answer: object = handlers.find(name)(command)
        if db.in_transaction():
            connection.close()
            raise RuntimeError("the handler left a transaction open")
    except HandlerMissing as missing:
        return Tried(None, str(missing))
    except (Exception, SystemExit) as error:  # another's code: whatever it does, the command is tried again
        logger.exception("a command handler failed", extra={"handler": name})
        return Tried(None, _told(error), elapsed_ms=_since(began))
    if not isinstance(answer, StepAnswer) or not isinstance(answer.event, str):
        return Tried(None, f"the handler {name!r} returned {type(answer).__name__}, no good StepAnswer", final=True)
    return Tried(answer, elapsed_ms=_since(began))


def _post(command: StepCommand, channel: Channel, project: Project, *, tries: int, look_up: Resolver | None) -> Tried:
    if channel.method.upper() not in METHODS:
        return Tried(None, f"method {channel.method} is none of {', '.join(sorted(METHODS))}", final=True)
    body = json.dumps(
        {
            "key": command.saga_id,
            "value": {"messageLabel": command.label, "messagePayload": command.metadata},
        }
    ).encode()
    try:
        timestamp = int(clock.now().timestamp())
        secrets = open_secrets(project)
        signed = signed_headers(secrets=secrets, message_id=str(command.id), timestamp=timestamp, body=body)
        db.release_connection()
        addresses = resolve(channel.url, look_up=look_up)
    except SealBroken:
        return Tried(None, "secret_unreadable")
    except InvalidSecret:
        return Tried(None, "secret_missing")
    except TargetRefused as refused:
        return Tried(None, refused.code, final=not isinstance(refused, UnresolvableTarget))
    own = {name: value for name, value in channel.headers.items() if name.lower() not in _OURS | signed.keys()}
    headers = {**own, **signed, "Idempotency-Key": str(command.id)}
    address = addresses[(tries - 1) % len(addresses)]
    answer, content = send(channel.method.upper(), channel.url, address=address, headers=headers, body=body)
    return _tried(answer, content)


def _tried(answer: Answer, content: bytes) -> Tried:
    if answer.accepted:
        return Tried(_read(content), status=answer.status, elapsed_ms=answer.elapsed_ms)
    error = answer.error or f"answered {answer.status}"
    refused = answer.status is not None and 400 <= answer.status < 500 and answer.status not in _TRY_AGAIN
    return Tried(None, error, refused, answer.status, answer.elapsed_ms, answer.retry_after)


def _read(content: bytes) -> StepAnswer:
    """Read the event out of an answer's body, where one stands there: `{messageLabel, messagePayload}`, or the envelope."""
    try:
        said: Any = json.loads(content)
    except (ValueError, RecursionError):
        return _NO_ANSWER
    if isinstance(said, Mapping) and isinstance(said.get("value"), Mapping):
        said = said["value"]
    label = said.get("messageLabel") if isinstance(said, Mapping) else None
    if not isinstance(label, str) or not label:
        return _NO_ANSWER
    payload = said.get("messagePayload")
    return StepAnswer(label, payload if payload is not None else {})


def _told(error: BaseException) -> str:
    return storable(redact_text(f"{type(error).__name__}: {error}"))[:255]


def _since(began: float) -> int:
    return round((clock.monotonic() - began) * 1000)
