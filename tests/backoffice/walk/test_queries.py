"""How often a list asks the database does not depend on how many rows it shows."""

import os

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .conftest import People
from .pages import list_of
from .site import listed_models
from .world import World, make_side

SIDES = 28 if os.environ.get("SUITE") == "full" else 4  # more merchants, with one of everything each


@pytest.fixture(scope="module")
def few(standing_world: World, logged_in: People, django_db_blocker) -> dict[str, int]:
    """How often each list asks with the rows of two merchants; then come more."""
    with django_db_blocker.unblock():
        counted = {label: _queries(logged_in, label) for label in listed_models()}
        for number in range(SIDES):
            make_side(f"more{number}")
    return counted


@pytest.mark.parametrize("label", listed_models())
def test_a_list_asks_as_often_for_many_rows_as_for_few(label: str, few: dict[str, int], people: People) -> None:
    assert _queries(people, label) == few[label]


def _queries(people: People, label: str) -> int:
    people.boss.get(list_of(label))  # what is asked once and kept is asked here
    with CaptureQueriesContext(connection) as asked:
        assert people.boss.get(list_of(label)).status_code == 200
    return len(asked)
