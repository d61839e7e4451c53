"""Log lines: JSON for machines, plain ones for a terminal, both without secrets.

Settings name a formatter: `{"()": "paymenthub.kernel.log.JsonFormatter"}`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from paymenthub.kernel.redact import is_secret_name, redact_text

_bound: ContextVar[dict[str, str]] = ContextVar("paymenthub_log_ids", default={})  # noqa: B039 - never changed in place

IDS = ("request_id", "payment_id", "attempt_id")
EXTRA_FIELDS = (
    "account_id", "action", "actor", "cause", "code", "count", "delivery_id", "duration_ms", "elapsed_ms",
    "endpoint_id", "event", "event_id", "event_type", "from_state", "host", "inbox_id", "kind", "lag_s", "method",
    "mode", "operation", "outcome", "path", "project_id", "provider", "queue", "refund_id", "retries", "role",
    "source", "state", "status", "subscription_id", "task", "task_id", "to_state",
)  # fmt: skip


@contextmanager
def bind(**ids: object) -> Iterator[None]:
    """Put request_id, payment_id or attempt_id on every line logged inside; other names raise ValueError.

    Holds for this thread or task only. Nested calls add up; None takes an id away.
    """
    unknown = sorted(set(ids) - set(IDS))
    if unknown:
        raise ValueError(f"Only {', '.join(IDS)} can be bound, not {', '.join(unknown)}.")
    merged = _bound.get() | {name: str(value) for name, value in ids.items() if value is not None}
    kept = {name: value for name, value in merged.items() if name not in ids or ids[name] is not None}
    token = _bound.set(kept)
    try:
        yield
    finally:
        _bound.reset(token)


def bound_ids() -> dict[str, str]:
    """Return the ids that lines logged here would carry, to hand them on to a task or an answer."""
    return dict(_bound.get())


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON. Of `extra=`, only listed names with plain values get through."""

    def __init__(self, *args: Any, extra_fields: Iterable[str] = EXTRA_FIELDS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._extra_fields = tuple(name for name in extra_fields if not is_secret_name(name))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact_text(record.getMessage()),
        }
        line |= {name: redact_text(value) for name, value in _ids(record).items()}
        for name in self._extra_fields:
            value = record.__dict__.get(name)
            if isinstance(value, str):
                line[name] = redact_text(value)
            elif isinstance(value, int | float):
                line[name] = value
        trace = _trace(self, record)
        if trace:
            line["exc"] = redact_text(trace)
        return json.dumps(line, ensure_ascii=False)


class HumanFormatter(logging.Formatter):
    """Write a record for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the traceback if there is one."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        ids = "".join(f" {name}={value}" for name, value in _ids(record).items())
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")  # a message cannot fake a second line
        trace = _trace(self, record)
        line = f"{time} {record.levelname:<7} {record.name}: {message}{ids}" + (f"\n{trace}" if trace else "")
        return redact_text(line)


def _ids(record: logging.LogRecord) -> dict[str, str]:
    """Take ids from the record where they were given with it, and from the context otherwise."""
    given = {name: str(record.__dict__[name]) for name in IDS if record.__dict__.get(name) is not None}
    bound = _bound.get()
    return {name: given.get(name) or bound[name] for name in IDS if name in given or name in bound}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
    stack = formatter.formatStack(record.stack_info) if record.stack_info else ""
    return "\n".join(part for part in (trace, stack) if part)
