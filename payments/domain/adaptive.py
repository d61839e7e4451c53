"""Rules by which a checkout adapts: which of them decides about some data, and why."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .adaptive_values import MISSING, SPELLINGS, Operator, at, holds

PAYMENT_METHODS = "paymentMethods"
"""The type of the rules that say which methods a customer is offered."""
FALLBACK = "default"
"""The rule that comes last, whatever its priority."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what stands at the slash path `key`, compared with `value`."""

    key: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; it holds when all of its conditions do, so one without any always holds."""

    rule_id: str
    priority: int
    type: str
    conditions: tuple[Condition, ...] = ()
    response: Any = None


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """How one condition came out; `actual` is MISSING where the path leads nowhere."""

    condition: Condition
    actual: Any
    holds: bool

    @property
    def sentence(self) -> str:
        """Say it in words."""
        found = "is not there" if self.actual is MISSING else f"is {_shown(self.actual)}"
        verb = "holds" if self.holds else "does not hold"
        return f"{self.condition.key} {found}; {self.condition.operator} {_shown(self.condition.value)} {verb}."


@dataclass(frozen=True, slots=True)
class RuleTold:
    """How one rule came out, with each of its conditions."""

    rule: Rule
    conditions: tuple[ConditionTold, ...]

    @property
    def holds(self) -> bool:
        """Tell whether all conditions hold."""
        return all(told.holds for told in self.conditions)


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that decides, None where none holds, and how each rule came out in the order of evaluation."""

    rule: Rule | None
    told: tuple[RuleTold, ...] = field(default=())


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Sort rules as they are tried: the highest priority first, equal ones by their ids, `default` last."""
    return sorted(rules, key=lambda rule: (rule.rule_id == FALLBACK, -rule.priority, rule.rule_id))


def decide(rules: Iterable[Rule], *, type: str, data: Mapping[str, Any]) -> Decision:
    """Find the first rule of a type that holds for the data."""
    told = tuple(explain(rule, data) for rule in in_order(rules) if rule.type == type)
    return Decision(next((each.rule for each in told if each.holds), None), told)


def explain(rule: Rule, data: Mapping[str, Any]) -> RuleTold:
    """Try each condition of a rule."""
    return RuleTold(rule, tuple(_told(condition, data) for condition in rule.conditions))


def operator_named(word: str) -> Operator | None:
    """Read an operator in any spelling; None for a word that is none."""
    return SPELLINGS.get(word)


def _told(condition: Condition, data: Mapping[str, Any]) -> ConditionTold:
    actual = at(data, condition.key)
    return ConditionTold(condition, actual, holds(condition.operator, actual, condition.value))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"
