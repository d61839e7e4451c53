"""One world for all tests of a file, in a transaction around those of its tests, and people who are logged in."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from .world import World, make_world


@pytest.fixture(scope="module")
def standing_world(request, django_db_setup, django_db_blocker) -> Iterator[World]:
    """`TEXT` of the file stands in everything that people wrote, where the file has one."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase does: durable blocks fit into it
        around.__enter__()
        try:
            yield make_world(text=getattr(request.module, "TEXT", ""))
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@dataclass
class People:
    """Browsers of those who look."""

    everything: Client
    nothing: Client
    boss: Client


@pytest.fixture(scope="module")
def logged_in(standing_world: World, django_db_blocker) -> People:
    with django_db_blocker.unblock():
        return People(
            *(log_in(user) for user in (standing_world.everything, standing_world.nothing, standing_world.boss))
        )


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    return standing_world


@pytest.fixture
def people(logged_in: People, db: None) -> People:
    return logged_in


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
