"""Right with several processes: what each of them counted is added up, what waits is told once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from payments import metrics
from payments.metrics import files
from payments.metrics.backlog import Backlog

from .page import Page

# What any of our processes does: it starts with the variable set, counts, may fork, and ends.
COUNT = """
import os
from payments import metrics
from payments.domain.verdict import NoAnswer, Trouble
metrics.initialise({"sandbox": ["credit-cards"]})
def count():
    metrics.observe_psp_call(provider="sandbox", method="credit-cards", operation="pay",
                             news=NoAnswer(Trouble.UNKNOWN), seconds=0.2)
count()
if os.environ.get("FORKS"):
    child = os.fork()
    count()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
"""
RENDER = """
from payments import metrics
from payments.metrics.backlog import GAUGES, Backlog
print(metrics.render(backlog=Backlog(lambda: [(what, "", 3, 1.0) for what in GAUGES])).decode())
"""
CREATED = {"provider": "sandbox", "payment_method": "credit-cards", "outcome": "unknown"}


def run(folder: Path, program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, files.VARIABLE: str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_counts_of_all_processes_add_up_and_outlive_them(tmp_path):
    run(tmp_path, COUNT)  # a web process
    run(tmp_path, COUNT, FORKS="1")  # a worker that counts before and after it forks, and its child

    page = Page(run(tmp_path, RENDER))

    assert page.value("http_payment_created_total", **CREATED) == 4
    labels = {"provider": "sandbox", "operation": "pay", "outcome": "unknown"}
    assert page.value("paymenthub_psp_call_seconds_count", **labels) == 4
    assert page.value("paymenthub_psp_call_seconds_bucket", le="0.1", **labels) == 0
    assert page.value("paymenthub_psp_call_seconds_bucket", le="0.25", **labels) == 4


def test_all_fourteen_are_there_at_zero_when_nothing_has_happened(tmp_path):
    run(tmp_path, "from payments import metrics; metrics.initialise({'sandbox': ['credit-cards']})")
    page = Page(run(tmp_path, RENDER))
    values = {sample.name: sample.value for sample in page.samples if sample.name.startswith("http_")}
    assert len(values) == 14
    assert set(values.values()) == {0}


def test_gauges_from_the_database_are_told_once_whatever_the_number_of_processes(tmp_path):
    for _ in range(2):
        run(tmp_path, COUNT)
    page = Page(run(tmp_path, RENDER))
    assert page.value("paymenthub_attempts_in_doubt") == 3
    assert page.labels("paymenthub_attempts_in_doubt") == [{}]


def test_at_the_start_files_of_the_dead_go_and_those_of_the_living_and_of_others_stay(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder = tmp_path / "new" / "metrics"
    files.prepare(folder)
    names = [f"counter_{ended.pid}.db", f"gauge_livesum_{ended.pid}.db", f"histogram_{os.getpid()}.db", "mine.db"]
    for name in names:
        (folder / name).touch()

    files.prepare(folder)

    assert sorted(file.name for file in folder.iterdir()) == [f"histogram_{os.getpid()}.db", "mine.db"]


def test_a_process_of_somebody_else_counts_as_alive(tmp_path, monkeypatch):
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    (tmp_path / "counter_1.db").touch()
    monkeypatch.setattr(files.os, "kill", refuse)
    files.prepare(tmp_path)
    assert (tmp_path / "counter_1.db").exists()


@pytest.mark.django_db
def test_one_process_alone_tells_of_itself(client, settings):
    settings.PROVIDER_DRIVERS = ["tests.scripted.ScriptedDriver"]
    metrics.received_callback("scripted", metrics.CallbackOutcome.ACCEPTED)

    response = client.get("/-/metrics")

    assert (response.status_code, response["Content-Type"]) == (200, metrics.CONTENT_TYPE)
    page = Page(response.text)
    labels = {"provider": "scripted", "payment_method": "any", "outcome": "accepted"}
    assert (page.value("http_callback_total", **labels) or 0) >= 1
    assert page.value("paymenthub_database_up") == 1
    declined = {"provider": "scripted", "payment_method": "wallet", "outcome": "declined"}
    assert page.value("http_payment_refunded_total", **declined) == 0
    assert not [sample.name for sample in page.samples if sample.name.endswith("_created")]


def test_what_is_registered_asks_no_database(monkeypatch):
    def fail() -> list[tuple[str, str, int, float | None]]:
        raise AssertionError("asked")

    assert Backlog(fail).describe() == []
