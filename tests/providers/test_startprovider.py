"""docs/adding-a-provider.md works to the letter, and touches nothing but two new folders and one line."""

import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "adding-a-provider.md"
SETTINGS = "paymenthub/settings/hub.py"
NEW_FOLDERS = ("providers/drivers/acme/", "tests/providers/acme/")
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".venv", "var", ".git", ".*_cache", "__pycache__", ".hypothesis", "node_modules")
RESERVED = ["v1", "payments", "admin", "l"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree as it stands, with the same virtual environment."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    (tree / ".venv").symlink_to(sys.prefix)
    return tree


def run(tree: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run commands of a shell as a reader would, each of which must succeed."""
    environment = {
        **os.environ,
        "VAR_DIR": str(tree.parent / "var"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "paymenthub.settings.test",
        "PSP_SPECS_DIR": os.environ.get("PSP_SPECS_DIR") or str(ROOT.parent / "shared" / "specs"),
    }
    return subprocess.run(
        ["sh", "-e", "-c", script], cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def files(tree: Path) -> dict[str, str]:
    """Return every file with a digest of its content, caches left out."""
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file() and not any(p.endswith("_cache") or p in (".venv", ".hypothesis") for p in path.parts)
    }


@pytest.mark.timeout(400)
def test_the_tutorial_works_to_the_letter(copy: Path):
    before, settings = files(copy), (copy / SETTINGS).read_text()
    blocks = BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["sh", "sh", "sh", "python", "sh"]

    told = ""
    for kind, text in blocks:
        if kind == "python":
            first, _, rest = text.partition("\n")
            (copy / first.removeprefix("# ")).write_text(rest, encoding="utf-8")
            continue
        done = run(copy, text)
        told += done.stdout
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"

    after = files(copy)
    assert {name for name in before if after.get(name) != before[name]} == {SETTINGS}
    new = sorted(set(after) - set(before))
    assert len(new) == 5 + 4 + 1
    assert all(name.startswith(NEW_FOLDERS) for name in new)
    changes = difflib.ndiff(settings.splitlines(), (copy / SETTINGS).read_text().splitlines())
    changed = [line for line in changes if line[0] in "+-"]
    assert changed == ['+     "providers.drivers.acme.AcmeDriver",']
    assert changed[0].removeprefix("+ ") in told, "the command prints another line than the tutorial adds"
    assert re.search(r"\[100%\]", told)


def test_without_its_line_nothing_of_it_runs_and_with_a_broken_mapping_the_suite_fails(copy: Path):
    blocks = [text for kind, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")) if kind == "sh"]
    assert run(copy, blocks[0]).returncode == 0
    suite = ".venv/bin/python -m pytest tests/providers/contract -k 'acme and statuses'"

    assert run(copy, suite).returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert run(copy, blocks[1]).returncode == 0
    assert run(copy, suite).returncode == 0
    mapping = copy / "providers" / "drivers" / "acme" / "mapping.py"
    mapping.write_text(mapping.read_text().replace("get(word, Outcome.PENDING)", "get(word, Outcome.SUCCEEDED)"))
    assert run(copy, suite).returncode == pytest.ExitCode.TESTS_FAILED


def test_a_long_name_is_written_as_neatly(copy: Path):
    name = "Acme Payments International Corporation"
    made = run(
        copy,
        f'.venv/bin/python manage.py startprovider acme-payments-international-ltd --display-name "{name}"\n'
        ".venv/bin/python -m ruff check providers/drivers tests/providers/acme_payments_international_ltd\n"
        ".venv/bin/python -m ruff format --check providers/drivers/acme_payments_international_ltd"
        " tests/providers/acme_payments_international_ltd",
    )

    assert made.returncode == 0, made.stdout + made.stderr
    again = run(copy, ".venv/bin/python manage.py startprovider acme-payments-international-ltd")
    assert again.returncode == 1
    assert "exists" in again.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        *((code, "the hub's own paths") for code in RESERVED),
        ("sandbox", "already"),
        ("Acme", "no code"),
        ("acme--pay", "no code"),
        ("acme-", "no code"),
        ("1acme", "no code"),
        ("../acme", "no code"),
        ("a" * 33, "no code"),
        ("class", "cannot name a folder"),
        ("contract", "cannot name a folder"),
    ],
)
def test_what_cannot_be_a_code_is_refused_with_nothing_made(code: str, said: str):
    before = set((ROOT / "providers" / "drivers").iterdir())

    with pytest.raises(CommandError, match=said):
        call_command("startprovider", code)

    assert set((ROOT / "providers" / "drivers").iterdir()) == before


@pytest.mark.parametrize("name", ['Ac"me', "Ac$me", "Ac{me", "x" * 41, "Ac\nme"])
def test_a_name_that_would_break_the_code_is_refused(name: str):
    with pytest.raises(CommandError, match="--display-name"):
        call_command("startprovider", "acme", display_name=name)
