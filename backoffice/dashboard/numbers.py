"""The numbers behind the cards, read once for all of them."""

from dataclasses import dataclass, field
from functools import cached_property

from payments.domain.rollup import ENDED, SUCCEEDED, Answer, Facet
from payments.selectors import rollups
from payments.selectors.rollups import Groups, Sums

from .choice import Choice
from .period import Period


@dataclass(slots=True)
class Totals:
    """What a period comes to."""

    facets: dict[Facet, Groups]

    @property
    def payments(self) -> Sums:
        """All payments together."""
        return sum(self.facets[Facet.STATE].values(), Sums())

    def of(self, facet: Facet) -> dict[str, Sums]:
        """Return the sums of a facet that has no second word."""
        return {key: sums for (key, _), sums in self.facets[facet].items()}

    def answers(self) -> dict[str, "Answers"]:
        """Return how the tries at each provider stand."""
        found: dict[str, Answers] = {}
        for (provider, word), sums in self.facets[Facet.ANSWER].items():
            found.setdefault(provider, Answers()).counts[Answer(word)] = sums.counted
        return found

    def declines(self) -> dict[str, int]:
        """Count the declined tries by reason."""
        found: dict[str, int] = {}
        for (reason, _), sums in self.facets[Facet.DECLINE].items():
            found[reason] = found.get(reason, 0) + sums.counted
        return found

    def times(self, ending: str) -> dict[int, int]:
        """Count the payments that ended so (`succeeded`, `ended`) by the bucket of their time."""
        return {int(key): sums.counted for (key, word), sums in self.facets[Facet.FINAL].items() if word == ending}

    def all_times(self) -> dict[int, int]:
        """Count every decided payment by the bucket of its time."""
        found = self.times(SUCCEEDED)
        for bucket, count in self.times(ENDED).items():
            found[bucket] = found.get(bucket, 0) + count
        return found


@dataclass(slots=True)
class Answers:
    """How tries stand. What its customer gave up, and what is open, says nothing of a provider."""

    counts: dict[Answer, int] = field(default_factory=dict)

    def count(self, *words: Answer) -> int:
        """Count those that stand so."""
        return sum(self.counts.get(word, 0) for word in words)

    @property
    def decided(self) -> int:
        """How many the provider, or its absence, has decided."""
        return self.count(Answer.SUCCEEDED, Answer.DECLINED, Answer.FAILED)

    def __add__(self, other: "Answers") -> "Answers":
        return Answers({word: self.count(word) + other.count(word) for word in Answer})


class Numbers:
    """What was chosen and what it comes to; each part is read when a card first needs it."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice

    @cached_property
    def now(self) -> Totals:
        """The period."""
        return self._totals(self.choice.period)

    @cached_property
    def before(self) -> Totals | None:
        """The period that it is compared with."""
        return self._totals(self.choice.before) if self.choice.before else None

    def _totals(self, period: Period) -> Totals:
        whose, first, last = self.choice.whose, period.first, period.last
        # Each with the sums that the cards show: the index has them all, and adding up what nobody sees takes the longest.
        return Totals(
            {
                **rollups.by_facet(whose, first, last, [Facet.STATE]),
                **rollups.by_facet(whose, first, last, [Facet.METHOD, Facet.CHANNEL], rollups.AMOUNT_PAID),
                **rollups.by_facet(whose, first, last, [Facet.ANSWER, Facet.DECLINE, Facet.FINAL], rollups.COUNT),
            }
        )
