"""The final table: which faults took effect, which promises were kept."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .audit import NAMES
from .kinds import RECEIVER, kill_kind, psp_kind
from .plan import Plan
from .world import Violation, World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to. Times are seconds; `histories` are those of the orders with a broken promise."""

    plan: Plan
    wanted: int
    world: World
    violations: list[Violation]
    surprises: list[str]
    effects: Mapping[str, int]
    answers: Mapping[str, int]
    items: list[tuple[str, int]]
    ran: float
    settled: float
    histories: Mapping[str, str]

    def planned(self) -> Counter[str]:
        """Count the planned faults by kind; of the receiver's it is only known that there are to be some."""
        kinds = Counter(psp_kind(*fault) for fault in self.plan.faults())
        kinds.update(kill_kind(target) for kill in self.plan.kills for target in kill.targets)
        kinds.update(RECEIVER)
        return kinds

    def at_zero(self) -> list[str]:
        """Name the kinds of fault that never took effect."""
        return [kind for kind in self.planned() if not self.effects.get(kind)]

    @property
    def took_effect(self) -> int:
        """How many faults did something, of the planned kinds."""
        return sum(self.effects.get(kind, 0) for kind in self.planned())

    def failures(self) -> list[str]:
        """Say why the run has failed; nothing where it has not."""
        said = [f"{len(self.violations)} promises were not kept"] if self.violations else []
        if self.at_zero():
            said.append(f"no effect of: {', '.join(self.at_zero())}")
        if self.took_effect < self.wanted:
            said.append(f"{self.took_effect} faults took effect, {self.wanted} were wanted")
        if self.surprises:
            said.append(f"{len(self.surprises)} things happened that must not")
        return said


def table(outcome: Outcome) -> str:
    """Write the table."""
    planned = outcome.planned()
    lines = [f"{'fault':<40}{'planned':>9}{'took effect':>13}"]
    for kind in sorted(planned):
        count = outcome.effects.get(kind, 0)
        number = "-" if kind in RECEIVER else str(planned[kind])
        lines.append(f"{kind:<40}{number:>9}{count:>13}{'' if count else '   ZERO'}")
    lines.append(f"{'together':<40}{'':>9}{outcome.took_effect:>13}")
    broken = Counter(violation.rule for violation in outcome.violations)
    lines += ["", f"{'promise':<40}{'broken':>9}"]
    lines += [f"{name:<40}{broken[name]:>9}" for name in NAMES]
    return "\n".join([*lines, "", *_sums(outcome)])


def _sums(outcome: Outcome) -> Iterable[str]:
    world = outcome.world
    kinds = Counter(entry.kind for entry in world.entries)
    amounts: Counter[str] = Counter()
    for entry in world.entries:
        amounts[entry.kind] += entry.amount
    yield f"payments {len(world.payments)}, callbacks {len(world.received)} of {len(world.events)} events"
    yield "the PSP moved " + ", ".join(
        f"{kind} {kinds[kind]} ({amounts[kind] / 100:.2f} EUR)" for kind in sorted(kinds)
    )
    yield "answers " + ", ".join(f"{name} {count}" for name, count in sorted(outcome.answers.items()))
    yield "for a person " + (", ".join(f"{kind} {count}" for kind, count in outcome.items) or "nothing")
    yield f"ran {dt.timedelta(seconds=round(outcome.ran))}, settled {dt.timedelta(seconds=round(outcome.settled))} later"
