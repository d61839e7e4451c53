"""Command handlers: who may be one, and what a broken one does to the hub."""

import sys

import pytest

from payments import checks
from payments.saga import handlers
from payments.saga.handlers import HandlerMissing, StepAnswer, StepCommand


def _pass(command: StepCommand) -> StepAnswer:
    return StepAnswer("checkPassed")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package with one entry point for the length of a test."""
    names = []

    def install(name, value, code):
        (tmp_path / f"{name}_steps.py").write_text(code, encoding="utf-8")
        metadata = tmp_path / f"{name}_steps-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-steps\nVersion: 1.0\n", "utf-8")
        (metadata / "entry_points.txt").write_text(f"[{handlers.GROUP}]\n{name} = {value}\n", "utf-8")
        names.append(name)
        handlers.load_installed()

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(handlers, "_broken", {})
    yield install
    for name in names:
        handlers.forget(name)
        sys.modules.pop(f"{name}_steps", None)


def test_an_installed_package_brings_a_handler(package):
    package("greet", "greet_steps:handle", "def handle(command):\n    return 'greeted'\n")
    assert handlers.find("greet")(None) == "greeted"
    assert checks.command_handlers_load() == []


def test_a_broken_package_names_itself_in_a_check_and_stops_nothing(package):
    package("crash", "crash_steps:handle", "raise RuntimeError('no licence')\n")
    (found,) = checks.command_handlers_load()
    assert found.id == "payments.E004"
    assert "'crash' (crash_steps:handle) could not be loaded: RuntimeError: no licence" in found.msg
    with pytest.raises(HandlerMissing, match="no licence"):
        handlers.find("crash")


@pytest.mark.parametrize("channel", ["pay", "refund", "capture"])
def test_no_handler_may_take_an_operation_at_a_provider(channel):
    with pytest.raises(ValueError, match="operation at a payment provider"):
        handlers.register(channel, _pass)


def test_one_name_has_one_handler():
    handlers.register("once", _pass)
    try:
        handlers.register("once", _pass)
        with pytest.raises(ValueError, match="there is a handler 'once' already"):
            handlers.register("once", lambda command: StepAnswer())
    finally:
        handlers.forget("once")
    with pytest.raises(HandlerMissing, match="'once' is not installed here"):
        handlers.find("once")
