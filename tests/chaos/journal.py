"""Keep what happened, in order: what each order system did and saw, and which faults took effect."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Journal:
    """Notes of one run, with Unix times as the hub's rows have them."""

    began: float = field(default_factory=time.monotonic)
    notes: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    effects: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    last: str = ""

    @property
    def seconds(self) -> float:
        """How long the run has lasted."""
        return time.monotonic() - self.began

    def note(self, about: str, text: str) -> None:
        """Write down what happened to an order."""
        self.notes[about].append((time.time(), text))

    def took_effect(self, kind: str) -> None:
        """Count a fault that did something."""
        self.effects[kind] += 1

    def say(self, text: str) -> None:
        """Note what the progress line shows."""
        self.last = text
        self.note("stack", text)

    def surprise(self, text: str) -> None:
        """Note what must not happen in any chaos."""
        self.surprises.append(f"{self.seconds:.1f} s: {text}")
