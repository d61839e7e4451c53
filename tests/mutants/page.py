"""The table of docs/reliability.md. Write it anew: python -m tests.mutants.page"""

from tests.architecture.sources import ROOT

from .catalogue import MUTANTS

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- mutants: made by python -m tests.mutants.page -->", "<!-- end of mutants -->"


def table() -> str:
    """One row a mutant."""
    rows = [f"| {m.scenario} | {m.what} | `{m.file}` | `{m.path}`, names with `{m.word}` |" for m in MUTANTS]
    return "\n".join(["| scenario | the break | in | noticed by |", "|---|---|---|---|", *rows])


def with_table(page: str) -> str:
    """Return the page with the table put in."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
