"""Merge JSON values as the Flow Manager does: deeply, and arrays index by index (lodash `merge`)."""

from collections.abc import Mapping
from typing import Any


def deep_merge(base: Any, delta: Any) -> Any:
    """Return `base` with `delta` laid over it; neither is changed.

    Objects are merged key by key and arrays index by index, so a shorter array leaves the base's further items; all
    else, null too, takes the place of what was there.
    """
    if isinstance(base, Mapping) and isinstance(delta, Mapping):
        merged = dict(base)
        for key, value in delta.items():
            merged[key] = deep_merge(merged[key], value) if key in merged else value
        return merged
    if isinstance(base, list) and isinstance(delta, list):
        paired = [deep_merge(old, new) for old, new in zip(base, delta, strict=False)]
        return paired + (base[len(delta) :] if len(base) > len(delta) else delta[len(base) :])
    return delta
