"""Small files: private ones, tables, and the environment of the stack's processes."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from paymenthub.setup import debian
from paymenthub.setup.debian import Package, ensure, read_table
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import locked_or_none, make_folder, rotate, secret_file, write_private
from paymenthub.setup.steps import Step, run_steps
from paymenthub.stack.children import STOP_ORDER, child_table
from paymenthub.stack.environment import sandbox_environment
from paymenthub.stack.layout import ROOT, Layout
from paymenthub.stack.ports import Ports
from paymenthub.stack.screen import screen

DEMO = (
    '{"baseUrl": "http://127.0.0.1:8000", "apiKey": "phk_test_x", "adminUrl": "http://127.0.0.1:8000/admin/",'
    ' "adminUser": "admin", "adminPassword": "secret", "sandboxPspUrl": "http://127.0.0.1:8100",'
    ' "metricsUrl": "http://127.0.0.1:8000/-/metrics"}'
)


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    first = secret_file(path)

    assert secret_file(path) == first
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_replacing_an_open_file_makes_it_private(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


def test_a_lock_is_refused_while_another_process_holds_it_and_free_when_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    hold = f"f = open({str(path)!r}, 'a'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True)"
    code = f"import fcntl, time; {hold}; time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with locked_or_none(path) as free:
            assert not free
        holder.kill()
    with locked_or_none(path) as free:
        assert free


def test_a_log_is_put_aside_when_it_is_large(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("x" * 11)

    rotate(log, 11)
    assert log.exists()
    rotate(log, 10)

    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text() == "x" * 11


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SetupError, match="VAR_DIR="):
        make_folder(tmp_path / "file" / "var")


def test_every_step_runs_and_those_that_failed_are_named_with_a_remedy(capfd: pytest.CaptureFixture[str]) -> None:
    steps = [
        Step("first", ["-c", "raise SystemExit(2)"], "Run `make format`."),
        Step("second", ["-c", "import os; print(os.environ['GIVEN'])"]),
    ]

    failed = run_steps(steps, {"GIVEN": "a value"})

    lines = capfd.readouterr().out.splitlines()
    assert failed == ["first"]
    assert [line.split(" in ")[0] for line in lines] == [
        "== first",
        "   FAILED",
        "   Run `make format`.",
        "== second",
        "a value",
        "   ok",
    ]


def test_packages_are_missing_by_what_they_bring() -> None:
    table = read_table(
        "# purpose package capability reason\nx sh program:sh a shell\nx no program:no-such-program why not\n"
    )

    assert table[1] == Package("x", "no", "program:no-such-program", "why not")
    assert [package.is_there() for package in table] == [True, False]
    assert Package("x", "p", "module:json", "r").is_there()
    assert not Package("x", "p", "module:no_such_module", "r").is_there()
    assert Package("x", "p", "library:c", "r").is_there()
    assert not Package("x", "p", "library:no-such-library", "r").is_there()
    assert not Package("x", "p", "font:NoSuchFont", "r").is_there()


def test_a_font_is_there_when_a_file_of_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "SomeSans.ttf").write_bytes(b"")
    monkeypatch.setattr(debian, "_FONTS", (tmp_path / "missing", tmp_path))

    assert Package("x", "p", "font:SomeSans", "r").is_there()
    assert not Package("x", "p", "font:Some", "r").is_there()


@pytest.mark.parametrize(("purposes", "code"), [(["up"], 0), (["test"], 1)])
def test_the_stack_starts_without_its_packages_and_tests_do_not(
    purposes: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ghost = Package("up", "libghost", "library:ghost", "invoices become PDFs with it")
    monkeypatch.setattr(debian, "ensure", lambda *_purposes: [ghost])
    monkeypatch.setattr("sys.argv", ["debian", *purposes])
    monkeypatch.delenv("ALLOW_MISSING", raising=False)

    assert debian.main() == code

    said = capsys.readouterr().err
    assert "libghost is missing: invoices become PDFs with it" in said
    assert "sudo apt-get update && sudo apt-get install --yes libghost" in said
    assert ("Going on without" in said) == (code == 0)


def test_a_missing_package_that_cannot_be_installed_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "table.txt"
    table.write_text(
        "test sh program:sh a shell\nup,test ghost program:ghost-browser pages\nvenv other program:ghost none\n"
    )
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert [package.name for package in ensure("test", table=table)] == ["ghost"]


def test_no_secret_stands_in_the_arguments_of_a_child(tmp_path: Path) -> None:
    layout, ports = Layout(tmp_path), Ports(8000, 8100)
    environment = sandbox_environment(layout, ports)
    secrets = {environment["SANDBOX_PSP_API_KEY"], environment["SANDBOX_PSP_WEBHOOK_SECRET"]}

    arguments = [argument for child in child_table(layout, ports) for argument in child.arguments]

    assert len(secrets) == 2
    assert not any(secret in argument for secret in secrets for argument in arguments)
    assert sandbox_environment(layout, ports) == environment
    assert stat.S_IMODE(layout.sandbox.stat().st_mode) == 0o600


def test_every_child_has_its_place_in_the_order_of_stopping() -> None:
    children = child_table(Layout(ROOT / "var"), Ports(8000, 8100))

    assert sorted(child.name for child in children) == sorted(STOP_ORDER)


def test_the_screen_shows_addresses_password_and_a_payment_to_paste(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_private(layout.demo, DEMO)

    shown = screen(layout, where=" VAR_DIR='x y'")

    assert "http://127.0.0.1:8000/documentation\n" in shown
    assert "user admin, password secret" in shown
    assert "curl -sS http://127.0.0.1:8000/sandbox/credit-cards/pay" in shown
    assert "Authorization: Bearer phk_test_x" in shown
    assert "make down VAR_DIR='x y'" in shown


def test_a_seed_that_left_something_out_is_named(tmp_path: Path) -> None:
    write_private(Layout(tmp_path).demo, DEMO.replace("apiKey", "other"))

    with pytest.raises(SetupError, match="lacks apiKey"):
        screen(Layout(tmp_path), where="")
