"""/-/check-up tells each dependency apart."""

import pytest
from django.db import OperationalError

from paymenthub import probes


@pytest.fixture
def all_well(monkeypatch):
    for name in ("database", "redis", "workers"):
        monkeypatch.setitem(probes._DEPENDENCIES, name, lambda: "")


def test_all_is_well(client, all_well):
    response = client.get("/-/check-up")
    assert response.status_code == 200
    assert response.json() == {
        "status": "OK",
        "name": "paymenthub",
        "version": probes.settings.HUB_VERSION,
        "dependencies": {"database": "OK", "redis": "OK", "workers": "OK"},
    }


@pytest.mark.parametrize("broken", ["database", "redis", "workers"])
def test_the_one_that_is_down_is_named(client, all_well, monkeypatch, broken):
    monkeypatch.setitem(probes._DEPENDENCIES, broken, lambda: "Refused")

    response = client.get("/-/check-up")

    told = response.json()
    assert (response.status_code, told["status"]) == (503, "KO")
    assert told["dependencies"][broken] == "KO"
    assert f"{broken}: Refused" in told["message"]
    others = {"database", "redis", "workers"} - {broken} - ({"workers"} if broken == "redis" else set())
    assert {told["dependencies"][name] for name in others} == {"OK"}


def test_without_redis_no_worker_is_waited_for(client, all_well, monkeypatch):
    asked = []
    monkeypatch.setitem(probes._DEPENDENCIES, "redis", lambda: "ConnectionError")
    monkeypatch.setitem(probes._DEPENDENCIES, "workers", lambda: asked.append(1) or "")
    assert client.get("/-/check-up").json()["dependencies"] == {"database": "OK", "redis": "KO", "workers": "KO"}
    assert asked == []


@pytest.mark.django_db
def test_a_database_that_answers_is_up():
    assert probes._database() == ""


def test_a_database_that_does_not_is_named_by_its_error_alone(monkeypatch):
    def fail() -> None:
        raise OperationalError("password=hunter2")

    monkeypatch.setattr(probes.connection, "cursor", fail)
    assert probes._database() == "OperationalError"


def test_a_cache_that_fails_is_named(monkeypatch):
    def fail(name: str) -> None:
        raise ConnectionError("no")

    monkeypatch.setattr(probes.cache, "get", fail)
    assert probes._redis() == "ConnectionError"


@pytest.mark.parametrize(
    ("answers", "problem"), [([{"worker@a": {"ok": "pong"}}], ""), ([], "none answers"), (None, "none answers")]
)
def test_workers_are_alive_when_one_answers(monkeypatch, answers, problem):
    monkeypatch.setattr(probes.app.control, "broadcast", lambda *_, **__: answers)
    assert probes._workers() == problem


def test_workers_that_cannot_be_asked_are_not_called_alive(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("no")

    monkeypatch.setattr(probes.app.control, "broadcast", fail)
    assert probes._workers() == "not to be asked (ConnectionError)"


def test_with_no_worker_running_none_answers(monkeypatch):
    monkeypatch.setattr(probes, "_SECONDS_FOR_A_WORKER", 0.2)
    assert probes._workers() == "none answers"
