"""The project's documents, and what is read out of them."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@cache
def documents() -> tuple[Path, ...]:
    return tuple(
        sorted(
            [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")],
            key=lambda file: name(file),
        )
    )


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """The text without its fenced code."""
    return _CODE.sub("", text)


def code(text: str) -> str:
    """What a reader may type: fenced code, and code inside sentences."""
    return "\n".join([*_CODE.findall(text), *re.findall(r"`([^`\n]+)`", prose(text))])


def anchors(text: str) -> set[str]:
    """The anchors that headings get."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
