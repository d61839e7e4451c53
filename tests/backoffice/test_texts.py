"""The Italian of the backoffice: complete, up to date, and with the same places for values."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from backoffice import texts

_PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")


def _pairs() -> Iterator[tuple[str, str]]:
    for message in texts.written():
        if message.id:
            yield from _of(message)


def _of(message: Message) -> Iterator[tuple[str, str]]:
    if isinstance(message.id, tuple):
        yield message.id[-1], message.string[-1]
        yield message.id[0], message.string[0]
    else:
        yield message.id, message.string


def test_the_catalogue_holds_the_texts_of_the_pages_and_no_others() -> None:
    def names(catalog) -> set:
        return {(message.context, message.id) for message in catalog if message.id}

    assert names(texts.written()) == names(texts.found()), "run manage.py staff_texts --write"


def test_every_text_has_its_italian() -> None:
    assert [english for english, italian in _pairs() if not italian] == []


def test_nothing_is_marked_as_guessed() -> None:
    assert [message.id for message in texts.written() if message.id and message.fuzzy] == []


def test_values_and_markup_stand_in_the_italian_as_in_the_english() -> None:
    found = [
        (english, italian)
        for english, italian in _pairs()
        if set(_PLACES.findall(italian)) - set(_PLACES.findall(english))
        or set(re.findall(r"%\(\w+\)", english)) - set(re.findall(r"%\(\w+\)", italian)) - {"%(count)"}
    ]
    assert found == []


def test_what_gettext_reads_is_made_of_the_catalogue() -> None:
    assert texts.FILE.with_suffix(".mo").read_bytes() == texts.as_mo(texts.written()), (
        "run manage.py staff_texts --write"
    )


@pytest.mark.parametrize("text", ["Log in", "Log out"])
def test_what_django_translates_itself_is_not_translated_twice(text: str) -> None:
    assert texts.written().get(text) is None
