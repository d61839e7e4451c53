"""The texts: none missing in any language, none that nobody says, all filled in the same way."""

import json
import re
from pathlib import Path

import pytest

from payments.checkout import words
from payments.checkout.errors import PAGES
from payments.checkout.words import LANGUAGES, Words, places, texts
from payments.domain.typed_amount import AmountProblem
from payments.selectors.links import LinkStatus
from providers import registry
from providers.types import DeclineReason, SubscriptionStatus

ROOT = Path(__file__).parents[2]
FOLDER = Path(words.__file__).parent / "texts"
_EVERY_ONE_IS_SAID = ("declines.", "methods.", "checkout.", "link.", "subscription.status_")
_SAID = re.compile(r"""["']((?:[a-z]+)\.[a-z][a-z0-9_-]*)["']""")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_places(language: str) -> None:
    english = texts("en")

    assert {path.name for path in (FOLDER / language).iterdir()} == {path.name for path in (FOLDER / "en").iterdir()}
    assert texts(language).keys() == english.keys()
    assert {key for key, said in texts(language).items() if places(said) != places(english[key])} == set()
    assert {key for key, said in texts(language).items() if not said.strip()} == set()


def test_no_text_stands_there_in_english_by_oversight() -> None:
    same = {
        (language, key)
        for language in LANGUAGES
        for key, said in texts(language).items()
        if language != "en" and said == texts("en")[key] and not key.startswith("methods.")
    }

    assert same <= {("fr", "checkout.date"), ("es", "errors.label"), ("de", "subscription.status")}


def test_every_key_is_said_somewhere_and_every_key_that_is_said_exists() -> None:
    features = {path.stem for path in (FOLDER / "en").iterdir()}
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "payments").rglob("*.py")]
    said = {key for file in files for key in _SAID.findall(file.read_text()) if key.split(".")[0] in features}
    said |= {f"errors.{kind}_{status}" for status in PAGES for kind in ("title", "text")}
    said |= {f"declines.{reason}" for reason in DeclineReason}
    said |= {f"methods.{method}" for driver in registry.all_drivers() for method in driver.methods}
    said |= {f"link.amount_{problem.value}" for problem in AmountProblem}
    ended = {"paid", *LinkStatus} - {LinkStatus.OPEN}
    said |= {f"link.{kind}_{part}" for kind in ended for part in ("title", "text")}
    said |= {f"subscription.status_{status}" for status in ("PAUSED", *SubscriptionStatus)}
    in_templates = {
        key
        for file in (ROOT / "templates/checkout").rglob("*.html")
        for key in re.findall(r'{% text "([^"]+)"', file.read_text())
    }

    assert set(texts("en")) - said == set()
    assert in_templates - set(texts("en")) == set()
    assert {key for key in said if key.startswith(_EVERY_ONE_IS_SAID)} - set(texts("en")) == set()


def test_what_is_filled_in_is_escaped_and_a_projects_own_words_come_first() -> None:
    own = Words("it", {"checkout.back": "Indietro a <b>{shop}</b>"})

    assert own.say("checkout.back", shop="<i>Aurora</i>") == ("Indietro a &lt;b&gt;&lt;i&gt;Aurora&lt;/i&gt;&lt;/b&gt;")
    with pytest.raises(KeyError):
        own.say("checkout.no_such_key")


def test_files_of_texts_are_sorted_json_objects_of_texts() -> None:
    for file in FOLDER.rglob("*.json"):
        assert all(isinstance(said, str) for said in json.loads(file.read_text()).values()), file
