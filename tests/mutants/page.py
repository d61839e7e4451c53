"""The tables of docs/reliability.md. Write them anew: python -m tests.mutants.page"""

from tests.architecture.sources import ROOT

from .catalogue import MUTANTS
from .scenarios import SCENARIOS, Scenario

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- {}: made by python -m tests.mutants.page -->", "<!-- end of {} -->"


def mutants() -> str:
    """One row a mutant."""
    rows = [f"| {m.scenario} | {m.what} | `{m.file}` | `{m.path}`, names with `{m.word}` |" for m in MUTANTS]
    return "\n".join(["| scenario | the break | in | noticed by |", "|---|---|---|---|", *rows])


def scenarios() -> str:
    """One row a scenario."""
    broken = {mutant.scenario for mutant in MUTANTS}
    rows = [_row(scenario, has_mutant=f"S{scenario.number}" in broken) for scenario in SCENARIOS]
    return "\n".join(["| | what goes wrong | our tests | mutant | fails or reported |", "|---|---|---|---|---|", *rows])


def with_tables(page: str) -> str:
    """Return the page with the tables put in."""
    for name, table in (("scenarios", scenarios()), ("mutants", mutants())):
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def _row(scenario: Scenario, *, has_mutant: bool) -> str:
    tests = "; ".join(f"`{path}`" + (f" `{word}`" if word else "") for path, word in scenario.tests)
    later = f"comes with {scenario.later}" if scenario.later and not tests else scenario.later
    told = "; ".join(part for part in (tests, later) if part)
    return f"| S{scenario.number} | {scenario.title} | {told} | {'yes' if has_mutant else ''} | {scenario.peers} |"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
