"""Read a machine's file: strict JSON of bounded size, and the checksum by which one content is known."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NoReturn

from payments.domain.machine import CHANNELS
from payments.domain.machine_loading import MachineError, flat
from payments.domain.machine_schema import problems_of

MAX_BYTES: Final = 1_000_000


def read(content: bytes) -> dict[str, Any]:
    """Return the machine of a file, in the flat form. Raises MachineError for what is no JSON or breaks the schema."""
    if len(content) > MAX_BYTES:
        raise MachineError([f"file: must not be larger than {MAX_BYTES} bytes"])
    try:
        data = _parsed(content)
        problems = problems_of(data)
    except RecursionError:
        raise MachineError(["file: is nested too deeply"]) from None
    if problems:
        raise MachineError(problems)
    return flat(data)


def for_the_hub(definition: Mapping[str, Any], *, known: Collection[str] = CHANNELS) -> dict[str, Any]:
    """Leave out the channels that a definition declares under the hub's own names: the hub does their work itself."""
    channels = [row for row in definition.get("communicationProtocols", ()) if row["id"] not in known]
    return {**definition, "communicationProtocols": channels}


def checksum(definition: Mapping[str, Any]) -> str:
    """Return what two definitions have in common if and only if they say the same; a name and version are no part."""
    said = {key: value for key, value in definition.items() if key not in ("name", "version", "$schema", "$comment")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parsed(content: bytes) -> Any:
    try:
        data = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except MachineError:
        raise
    except UnicodeDecodeError:
        raise MachineError(["file: must be text in UTF-8"]) from None
    except json.JSONDecodeError as error:
        raise MachineError([f"file: is no JSON; line {error.lineno}, column {error.colno}: {error.msg}"]) from None
    except ValueError:
        raise MachineError(["file: holds a number with too many digits"]) from None
    if not all(_is_text(text) for text in _texts(data)):
        raise MachineError(["file: holds a character that is no text: U+0000, or half of a surrogate pair"])
    return data


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from _texts(value)


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name[:64] for name in names if names.count(name) > 1})
        raise MachineError([f"file: the key {name!r} is there twice in one object" for name in twice])
    return found


def _no_constant(name: str) -> NoReturn:
    raise MachineError([f"file: {name} is no number of JSON"])
