"""The hub's own words in each language, and the templates that are made of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from payments.notifications.events import EVENTS

_FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Source:
    """What a template consists of, in the template language. `preheader`: what mail programs show beside the subject."""

    subject: str
    html: str
    text: str
    preheader: str = ""


@cache
def words(language: str) -> Mapping[str, Any]:
    """Return everything the hub says in a language."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


@cache
def ours(event: str, language: str) -> Source:
    """Return the hub's own template. Raises KeyError for a mail that only projects have."""
    told = words(language)["events"][event]
    paragraphs = "\n".join(f"<p>{text}</p>" for text in told["body"])
    html = f"<h1>{told['heading']}</h1>\n<p>{{{{ greeting }}}}</p>\n{paragraphs}\n{{{{ details }}}}\n{{{{ button }}}}"
    text = "\n\n".join([told["heading"], "{{ greeting }}", *told["body"], "{{ details }}", "{{ button }}"])
    return Source(told["subject"], html, text, told["preheader"])


def button_text(event: str, language: str) -> str:
    """Return what the button of a mail says, in the template language; nothing where it has none."""
    text: str = words(language)["events"][event]["button"] if event in EVENTS else ""
    return text
