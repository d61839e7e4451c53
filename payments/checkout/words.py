"""What the pages say: one file of texts a feature and language, a project's own words before the hub's."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

LANGUAGES: Final = {"en": "English", "it": "Italiano", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""The languages of the pages, each by its own name."""

_FOLDER = Path(__file__).parent / "texts"
_PLACE = re.compile(r"\{([a-z_]+)\}")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return everything that is said in a language, by `feature.key`; the features are the names of the files."""
    found: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.json")):
        told: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        found |= {f"{file.stem}.{key}": text for key, text in told.items()}
    return found


def places(text: str) -> frozenset[str]:
    """Name the places of a text that are filled in, such as `{amount}`."""
    return frozenset(_PLACE.findall(text))


class Words:
    """The texts of one language; `own` are a project's, by the same keys. A key that nobody knows is a KeyError."""

    def __init__(self, language: str, own: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._own = own or {}

    def __contains__(self, key: str) -> bool:
        return key in texts(self.language)

    def say(self, key: str, **values: Any) -> SafeString:
        """Return a text as HTML, with the values escaped; a value that is HTML already stays it."""
        text = self._own.get(key) or texts(self.language)[key]
        filled = _PLACE.sub(lambda place: str(conditional_escape(values[place[1]])), escape(text))
        return mark_safe(filled)  # noqa: S308 - the text and each value were escaped just now
