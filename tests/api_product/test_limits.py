"""Limits of size, depth and time: whoever is over them gets a documented answer, soon, and nothing was done."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from payments.models import Attempt, OutboxEvent, Payment

from .world import Operation, each, operations

# The marker has the test database made also where this file is run alone; the world stands around each test of it.
pytestmark = [pytest.mark.usefixtures("standing_world"), pytest.mark.django_db]
WITH_A_BODY = [operation for operation in operations() if operation.request_examples]


@pytest.fixture(params=each(WITH_A_BODY))
def operation(request) -> Operation:
    return request.param


def send(world, operation: Operation, body: bytes):
    headers = {"Authorization": f"Bearer {world.key}"}
    return Client().generic(operation.method.upper(), world.path(operation), body, "application/json", headers=headers)


@pytest.fixture
def nothing_changes(world) -> Iterator[None]:
    """Fails a test after which there is another row than before."""
    before = [model.objects.count() for model in (Payment, Attempt, OutboxEvent)]
    yield
    assert [model.objects.count() for model in (Payment, Attempt, OutboxEvent)] == before


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("more", [1, 1_000_000])
def test_a_body_over_the_limit_is_413(world, operation, settings, more):
    settings.REQUEST_MAX_BYTES = settings.MAIL_MAX_BYTES = 2048
    filling = 2048 - len(b'{"a":""}')
    at_the_limit = send(world, operation, b'{"a":"' + b"x" * filling + b'"}')
    over = send(world, operation, b'{"a":"' + b"x" * (filling + more) + b'"}')

    assert at_the_limit.status_code not in (413, 500)
    assert (over.status_code, over.json()["code"]) == (413, "payload_too_large")
    assert str(over.status_code) in operation.described["responses"]


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("body", [nested(33), nested(5000), b'{"a":' + b"[" * 100_000, b"[" * 250_000 + b"]" * 5])
def test_a_body_nested_too_deep_is_400_and_takes_no_time(world, operation, body):
    began = time.monotonic()
    refused = send(world, operation, body)

    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_request")
    assert time.monotonic() - began < 5


def test_32_levels_are_read(world, operation):
    is_list = isinstance(world.body(operation), list)
    body = b"[" + nested(31) + b"]" if is_list else nested(32)
    assert send(world, operation, body).json().get("code") != "malformed_request"


def test_a_huge_number_is_refused_and_takes_no_time(world, operation):
    began = time.monotonic()
    refused = send(world, operation, b'{"amount": ' + b"9" * 200_000 + b"}")
    assert refused.status_code == 400
    assert time.monotonic() - began < 5


def test_every_wait_for_a_lock_is_bounded(world):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("10s",)
