"""A deliberate break, and the tests that must fail when it is made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """Replace `old` (it stands once in `file`) by `new`; then `tests` (a pytest -k word in a path) must fail."""

    scenario: str
    what: str
    file: str
    old: str
    new: str
    path: str
    word: str


def broken(scenario: str, what: str, file: str, old: str, new: str, path: str, word: str) -> Mutant:
    """Make one."""
    return Mutant(scenario, what, file, old, new, path, word)
