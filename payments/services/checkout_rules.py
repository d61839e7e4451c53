"""Make, change and delete checkout rules, each time with a row in the audit trail."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict, NotFound
from payments import locks
from payments.domain.adaptive_reading import checked
from payments.models import AuditAction, CheckoutRule, Project
from payments.selectors import checkout_rules

from . import audit

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, from where, and why."""

    actor: str
    address: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGiven:
    """A rule as it was sent. None: keep what there is (of a change)."""

    rule_id: str | None = None
    priority: int | None = None
    type: str | None = None
    conditions: Sequence[Mapping[str, Any]] | None = None
    response: Any = None


def create_rule(*, project: Project, mode: str, given: RuleGiven, by: By) -> CheckoutRule:
    """Make a rule. Raises InvalidField, Unprocessable, or Conflict where the id is taken or there are too many."""
    row = CheckoutRule(project=project, mode=mode)
    _write(row, given)
    with db.durable():
        locks.project(project.id)
        mine = CheckoutRule.objects.filter(project=project, mode=mode)
        if mine.filter(rule_id=row.rule_id).exists():
            raise Conflict(f"There is a rule {row.rule_id!r} already: change it with PATCH.", param="ruleId")
        if mine.count() >= MOST_RULES:
            raise Conflict(f"A project has at most {MOST_RULES} rules in each mode.", param="ruleId")
        row.save(force_insert=True)
        _note(row, by, "was made", before={}, after=as_told(row))
    return row


def change_rule(
    *, project: Project, mode: str, rule_id: str, given: RuleGiven, by: By, seen: dt.datetime | None = None
) -> CheckoutRule:
    """Change what is given. `seen`: `updated_at` of the version that the person began with.

    Raises NotFound, InvalidField, Unprocessable, or Conflict where a new id is taken or somebody changed it since.
    """
    try:
        with db.durable():
            locks.project(project.id)
            row = _found(project, mode, rule_id)
            if seen not in (None, row.updated_at):
                raise Conflict(
                    "Somebody has changed this rule since you opened it. Look at it before you write over it."
                )
            before = as_told(row)
            _write(row, given)
            row.save()
            _note(row, by, "was changed", before=before, after=as_told(row))
    except IntegrityError:
        raise Conflict(f"There is a rule {given.rule_id!r} already.", param="ruleId") from None
    return row


def delete_rule(*, project: Project, mode: str, rule_id: str, by: By) -> CheckoutRule:
    """Delete a rule and return what it was. Raises NotFound."""
    with db.durable():
        locks.project(project.id)
        row = _found(project, mode, rule_id)
        _note(row, by, "was deleted", before=as_told(row), after={})
        CheckoutRule.objects.filter(pk=row.pk).delete()
    return row


def as_told(row: CheckoutRule) -> dict[str, Any]:
    """Write a rule as the API does."""
    return {"ruleId": row.rule_id, "priority": row.priority, "type": row.type, **row.definition}


def _found(project: Project, mode: str, rule_id: str) -> CheckoutRule:
    row = checkout_rules.find(project=project, mode=mode, rule_id=rule_id)
    if row is None:
        raise NotFound("There is no such rule.", param="ruleId")
    return row


def _write(row: CheckoutRule, given: RuleGiven) -> None:
    old = row.definition or {}
    rule_id = row.rule_id if given.rule_id is None else given.rule_id
    priority = row.priority if given.priority is None else given.priority
    kind = row.type if given.type is None else given.type
    conditions = [dict(one) for one in (old.get("rules", []) if given.conditions is None else given.conditions)]
    response = old.get("response") if given.response is None else given.response
    checked(rule_id=rule_id, priority=priority, type=kind, conditions=conditions, response=response)
    kept = [{name: one.get(name) for name in ("key", "operator", "value")} for one in conditions]
    row.rule_id, row.priority, row.type = rule_id, priority, kind
    row.definition = {"rules": kept, "response": response}


def _note(row: CheckoutRule, by: By, what: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    draft = audit.Draft(
        action=AuditAction.CHECKOUT_RULE,
        project=row.project,
        object_id=row.id,
        number=1,
        actor=by.actor,
        address=by.address,
        note=by.note,
    )
    audit.done(draft, f"Rule {row.rule_id} ({row.mode}) {what}.", before=before, after=after)
