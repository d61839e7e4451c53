"""The languages that there are, and the one in which a document is written."""

from . import ar, de, en, es, fr, he, it
from .catalogue import Texts

LANGUAGES: dict[str, Texts] = {
    "ar": ar.TEXTS,
    "de": de.TEXTS,
    "en": en.TEXTS,
    "es": es.TEXTS,
    "fr": fr.TEXTS,
    "he": he.TEXTS,
    "it": it.TEXTS,
}
RIGHT_TO_LEFT = frozenset({"ar", "he"})
_OLD_CODES = {"iw": "he"}


def language_of(tag: str) -> str:
    """Return the language of a tag such as `de-AT` or `pt_BR`: one of LANGUAGES, English where it is none of them."""
    primary = tag.replace("_", "-").split("-", 1)[0].lower()
    primary = _OLD_CODES.get(primary, primary)
    return primary if primary in LANGUAGES else "en"
