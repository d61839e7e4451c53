"""The checkout rules of a project and mode."""

from payments.domain.adaptive import FALLBACK, Rule
from payments.domain.adaptive_reading import kept
from payments.models import CheckoutRule, Project


def rows(*, project: Project, mode: str, type: str = "") -> list[CheckoutRule]:
    """List the rules in the order of evaluation, of one type or of all."""
    found = CheckoutRule.objects.filter(project=project, mode=mode)
    if type:
        found = found.filter(type=type)
    return sorted(found, key=lambda row: (row.type, row.rule_id == FALLBACK, -row.priority, row.rule_id))


def find(*, project: Project, mode: str, rule_id: str) -> CheckoutRule | None:
    """Return one rule."""
    return CheckoutRule.objects.filter(project=project, mode=mode, rule_id=rule_id).first()


def rule_of(row: CheckoutRule) -> Rule:
    """Read a row."""
    return kept(rule_id=row.rule_id, priority=row.priority, type=row.type, definition=row.definition)


def rules(*, project: Project, mode: str, type: str) -> list[Rule]:
    """Read the rules of a type."""
    return [rule_of(row) for row in rows(project=project, mode=mode, type=type)]
