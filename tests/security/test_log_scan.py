"""The plugin that fails a run on a secret in its logs, tried on runs of its own; S57."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paymenthub.stack.layout import ROOT

from .log_scan import KnownSecrets, scan_files, what_is_in

PLUGINS = ("tests.security.log_scan", "no:django", "no:randomly", "no:cacheprovider")
CARD = "4111 1111 1111 1111"


def run(folder: Path, body: str) -> tuple[int, str]:
    program = f"import logging\nfrom paymenthub.kernel import crypto\nlog = logging.getLogger('shop')\n{body}\n"
    (folder / "test_it.py").write_text(program)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = [part for name in PLUGINS for part in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-q", "test_it.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("key phk_test_4SkJ0Dpgq0Z1zTRl", "an API key"),
        ("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "a signing secret"),
        ("sk_live_abcdef123456", "a provider's key"),
        ("authorization: bearer abcdef123456", "a bearer token"),
        ("Basic dXNlcjpwYXNzd29yZA==", "basic credentials"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "a JWT"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("postgres://hub:hunter2@db/hub", "a password in a URL"),
        (f'{{"message": "card {CARD}"}}', "a card number"),
    ],
)
def test_every_kind_of_secret_is_seen(line, kind):
    assert what_is_in(line, KnownSecrets()) == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "phk_test_*** was refused",
        "Bearer ***",
        "postgres://***@db/hub",
        "pay_0197a2c4d5e67f8091a2b3c4d5e6f708 took 1299",
        '{"ts": "2031-01-01T12:00:00.000+00:00", "request_id": "4111111111111111a197a2c4d5e67f80"}',
        "Basic things first",
    ],
)
def test_what_is_masked_or_an_identifier_is_none(line):
    assert what_is_in(line, KnownSecrets()) == []


def test_a_run_with_clean_logs_passes_and_says_how_much_was_read(tmp_path):
    status, output = run(tmp_path, "def test(): log.warning('paid %s', 'order-1')")
    assert status == 0
    assert "1 log lines read for secrets, 0 findings." in output


def test_what_the_formatter_masks_is_no_finding(tmp_path):
    body = f"def test(): log.warning('Bearer abcdef123456 and {CARD} and password=hunter2hunter2')"
    assert run(tmp_path, body)[0] == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("def test(): log.error('x', extra={'count': 4111111111111111})", "a card number"),
        (
            "def test():\n    crypto.hash_secret('Zk3-some-odd-key-of-ours')\n"
            "    log.error('for Zk3-some-odd-key-of-ours')",
            "a secret of this run",
        ),
        (
            "def test():\n    ring = crypto.KeyRing([crypto.generate_key()])\n"
            '    ring.seal(b\'{"user": "u", "pass": "correct-horse-battery"}\', context=b"c")\n'
            "    log.error('as correct-horse-battery')",
            "a secret of this run",
        ),
        (
            "def test():\n    deaf = logging.getLogger('deaf')\n    deaf.propagate = False\n"
            "def test_later():\n    logging.getLogger('deaf').error('x', extra={'count': 4111111111111111})",
            "a card number",
        ),
    ],
)
def test_a_secret_that_comes_through_fails_the_run_and_is_not_repeated(tmp_path, body, kind):
    status, output = run(tmp_path, body)
    assert status == 1
    assert f"{kind} in a line of" in output
    assert "test_it.py::test" in output
    summary = output[output.index("secrets in logs") :]
    for secret in ("4111111111111111", "Zk3-some-odd-key-of-ours", "correct-horse-battery"):
        assert secret not in summary


def test_logs_of_other_processes_are_read_too(tmp_path):
    (tmp_path / "web.log").write_text("started\nfor the-shops-own-secret-1\nkey sk_abcdefgh\n")
    (tmp_path / "worker.log").write_text("fine\n")
    found = scan_files(sorted(tmp_path.glob("*.log")), "the-shops-own-secret-1")
    assert found == ["web.log:2: a secret of this run", "web.log:3: a provider's key"]
