"""Rules of docs/architecture.md and CONTRIBUTING.md that no linter knows."""

import ast
import re

from . import sources

WRITES = {"save", "create", "bulk_create", "update", "delete", "update_or_create", "get_or_create", "bulk_update"}
IMPORTS_IN_FUNCTIONS = {
    "backoffice/apps.py": "models exist only once Django's apps are ready",
    "paymenthub/celery.py": "the tasks exist only once Django's apps are ready",
    "invoices/apps.py": "models exist only once Django's apps are ready",
    "payments/apps.py": "checks register themselves when apps are ready",
    "providers/apps.py": "checks register themselves when apps are ready",
}


def test_no_file_is_longer_than_500_lines():
    long = {sources.name(f): n for f in sources.files() if (n := len(f.read_text().splitlines())) > 500}
    assert long == {}


def test_no_file_is_called_utils():
    assert [sources.name(f) for f in sources.files() if f.stem in {"utils", "helpers", "misc", "common"}] == []


def test_rows_are_locked_in_one_file_only():
    found = {sources.name(f) for f in sources.files() for _, call in sources.calls(f) if call == "select_for_update"}
    assert found == {"payments/locks.py"}


def test_init_files_hold_no_logic():
    allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign)
    for file in sources.files():
        if file.name == "__init__.py":
            assert all(isinstance(node, allowed) for node in sources.tree(file).body), sources.name(file)


def test_imports_stand_at_the_top():
    found = set()
    for file in sources.files():
        for node in ast.walk(sources.tree(file)):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(child, ast.Import | ast.ImportFrom) for child in ast.walk(node)
            ):
                found.add(sources.name(file))
    assert found == set(IMPORTS_IN_FUNCTIONS)


def test_the_backoffice_writes_nothing_but_its_own_tables_in_services_of_its_own():
    found = [
        f"{sources.name(f)}:{line} .{call}()"
        for f in sources.files()
        if sources.name(f).startswith("backoffice/") and not sources.name(f).startswith("backoffice/services/")
        for line, call in sources.calls(f)
        if call in WRITES and call != "update"
    ]
    assert found == []


def test_every_module_says_what_it_is():
    silent = [
        sources.name(f) for f in sources.files() if f.read_text().strip() and not ast.get_docstring(sources.tree(f))
    ]
    assert silent == []


def test_only_saga_and_verdicts_write_a_payments_state():
    pattern = re.compile(r"payment\.state\s*=[^=]")
    found = {sources.name(f) for f in sources.files() if pattern.search(f.read_text())}
    assert found == {"payments/saga/advance.py"}


def test_no_file_names_a_machine_or_a_workplace():
    words = re.compile(r"/work/|/root/|farm-bench|/opt/pypi")
    texts = [
        *sources.files(),
        *sources.ROOT.glob("*.md"),
        *sources.ROOT.glob("docs/**/*.md"),
        sources.ROOT / "Makefile",
    ]
    assert [str(f) for f in texts if words.search(f.read_text(encoding="utf-8"))] == []
