"""Stripe's form encoding: `line_items[0][price_data][currency]=eur` is a tree."""

import re
from typing import Any
from urllib.parse import parse_qsl

_STEP = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Read a form body or query. Every leaf stays a text; a level whose names are 0, 1, 2… is a list."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [name.partition("[")[0], *_STEP.findall(name)]
        level = tree
        for step in path[:-1]:
            level = level.setdefault(step or str(len(level)), {})
        level[path[-1] or str(len(level))] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    if inner and list(inner) == [str(position) for position in range(len(inner))]:
        return list(inner.values())
    return inner
