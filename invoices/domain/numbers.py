"""The number that stands on a document, by the project's template."""

import re

from .problems import Unbillable

DEFAULT_TEMPLATE = "{series}{year}-{n:05}"
LONGEST = 40
_FIELD = re.compile(r"\{(series|year|n)(?::0?([1-9]))?\}")
_LITERAL = re.compile(r"[A-Za-z0-9._-]*")
SERIES = re.compile(r"[A-Z0-9]{0,8}(?:-|_)?")


def format_number(template: str, *, series: str, year: int, n: int) -> str:
    """Write a number. A template has `{series}`, `{year}` and `{n}`, the last also as `{n:05}` with zeros in front.

    Read by a pattern of our own: Python's formatting would let a template look into objects.
    """
    return _FIELD.sub(lambda found: _part(found, series, year, n), template)


def check_template(template: str, series: str) -> None:
    """Raise Unbillable for a template by which two documents could get one number, or that has other characters."""
    fields = [found[1] for found in _FIELD.finditer(template)]
    if len(template) > LONGEST or sorted(fields) != ["n", "series", "year"]:
        raise Unbillable(
            "template_invalid",
            f"A template has {{series}}, {{year}} and {{n}} once each and at most {LONGEST} characters.",
            param="numberTemplate",
        )
    if not _LITERAL.fullmatch(_FIELD.sub("", template)):
        raise Unbillable(
            "template_invalid",
            "Beside its fields a template has letters, digits and . _ - only.",
            param="numberTemplate",
        )
    if re.search(r"\}\{n|\{n[^}]*\}\{", template):
        raise Unbillable(
            "template_invalid",
            "Something must stand between {n} and its neighbours: the year 2026 and number 1 would read 20261.",
            param="numberTemplate",
        )
    if not SERIES.fullmatch(series):
        raise Unbillable("template_invalid", "A series has up to 8 capitals and digits.", param="series")


def _part(found: re.Match[str], series: str, year: int, n: int) -> str:
    if found[1] == "series":
        return series
    return f"{year if found[1] == 'year' else n:0{int(found[2] or 1)}d}"
