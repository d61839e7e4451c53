"""Merge JSON values exactly as the Flow Manager does: lodash `merge`, arrays index by index."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_DEPTH: Final = 64
MAX_ITEMS: Final = 10_000
"""How deep values may be nested, and how long an array may become by an index of its own (JavaScript fills the gap)."""

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_LARGEST_INDEX: Final = 2**32 - 2
_LARGEST_LENGTH: Final = 2**53 - 1


class Unmergeable(ValueError):
    """Nested too deeply, or would make an array longer than `MAX_ITEMS` (or of a length that is none)."""


def deep_merge(base: Any, delta: Any) -> Any:
    """Return `base` with `delta` laid over it; neither is changed. Raises `Unmergeable`.

    Objects are merged key by key and arrays index by index, so a shorter array leaves the base's further items. All
    else, null too, takes the place of what was there: an array over an object, and a scalar over anything. An object
    over an array sets the items that its keys number, as in JavaScript; its other keys are lost.
    """
    return _merged(base, delta, MAX_DEPTH)


def _merged(base: Any, delta: Any, depth: int) -> Any:
    if depth <= 0 and isinstance(delta, Mapping | list):
        raise Unmergeable(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(delta, list):
        return _over(_items_of(base), list(enumerate(delta)), depth)
    if not isinstance(delta, Mapping):
        return delta
    if isinstance(base, list):
        return _object_over_array(base, delta, depth)
    return _object_over_object(base if isinstance(base, Mapping) else {}, delta, depth)


def _object_over_object(base: Mapping[str, Any], delta: Mapping[str, Any], depth: int) -> dict[str, Any]:
    merged = dict(base)
    for key, value in delta.items():
        # lodash merges nothing into a prototype; a plain value is an ordinary property of that name.
        if key == "__proto__" and isinstance(value, Mapping | list):
            continue
        merged[key] = _merged(merged.get(key), value, depth - 1)
    return merged


def _object_over_array(base: Sequence[Any], delta: Mapping[str, Any], depth: int) -> list[Any]:
    numbered = sorted((int(key), value) for key, value in delta.items() if _is_index(key))
    merged = _over(base, numbered, depth)
    if "length" in delta:
        length = _whole(delta["length"])
        if length is None or not 0 <= length <= MAX_ITEMS + len(base):
            raise Unmergeable("'length' over an array is no length that an array may have")
        merged = merged[:length] + [None] * (length - len(merged))
    return merged


def _over(base: Sequence[Any], numbered: Sequence[tuple[int, Any]], depth: int) -> list[Any]:
    """Lay items over a base's by their index, which ascends."""
    merged = list(base)
    for index, value in numbered:
        if index >= MAX_ITEMS + len(base):
            raise Unmergeable(f"item {index} of an array is beyond {MAX_ITEMS} more than it has")
        merged += [None] * (index + 1 - len(merged))
        merged[index] = _merged(merged[index], value, depth - 1)
    return merged


def _items_of(base: Any) -> Sequence[Any]:
    """Return what an array is laid over: an array, or an object that looks like one by its `length`; else nothing."""
    if isinstance(base, list):
        return base
    length = _whole(base.get("length")) if isinstance(base, Mapping) else None
    if length is None or not 0 <= length <= _LARGEST_LENGTH:
        return []
    if length > MAX_ITEMS:
        raise Unmergeable(f"an object with a 'length' above {MAX_ITEMS} where an array is laid over it")
    return [base.get(str(index)) for index in range(length)]


def _is_index(key: str) -> bool:
    return _INDEX.fullmatch(key) is not None and int(key) <= _LARGEST_INDEX


def _whole(value: Any) -> int | None:
    """Return a JSON number as an int where it is whole; JavaScript does not tell 2.0 from 2."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)
