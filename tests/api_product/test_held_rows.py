"""A row that somebody holds: whoever needs it is told to come back, soon."""

import json

import psycopg
import pytest
from django.db import connection

from .world import operations

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_waits_for_a_row_that_is_held_is_told_to_come_back(world):
    (check,) = [each for each in operations() if each.described["operationId"] == "check"]
    target = connection.get_connection_params()
    names = {name: target[name] for name in ("dbname", "user", "password", "host", "port") if target.get(name)}
    with psycopg.connect(**names) as holder:
        holder.execute("SELECT id FROM payments_payment FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            response = world.send(check, world.key)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '10s'")

    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (503, "busy", "1")
    assert "503" in check.described["responses"]
    assert json.loads(world.send(check, world.key).content)["status"] == "ACCEPTED"
