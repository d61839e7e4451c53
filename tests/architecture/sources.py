"""The product's own files, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("paymenthub", "payments", "providers", "invoices", "backoffice")


@cache
def files() -> tuple[Path, ...]:
    return tuple(
        file for package in PRODUCT for file in sorted((ROOT / package).rglob("*.py")) if "migrations" not in file.parts
    )


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def calls(file: Path) -> Iterator[tuple[int, str]]:
    """Every method call as (line, attribute name)."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr
