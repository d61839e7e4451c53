"""A project's two lists of what it trusts: hosts that customers are sent back to, and web pages with browser keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.domain import origins, redirects
from payments.models import AuditAction, AuditEntry, AuditOutcome, Project
from payments.selectors import api_keys

from .install_machine import By


@dataclass(frozen=True, slots=True)
class _Rules:
    column: str
    name: str
    most: int
    problem: Callable[[str], str]
    action: AuditAction
    told: str
    empty: str


class ProjectList(Enum):
    """One of the lists, with what may stand in it."""

    REDIRECT_HOSTS = _Rules(
        column="redirect_hosts",
        name="hosts",
        most=redirects.MOST_HOSTS,
        problem=redirects.problem_of_host,
        action=AuditAction.REDIRECT_HOSTS,
        told="Customers may be sent back to",
        empty="any host",
    )
    BROWSER_ORIGINS = _Rules(
        column="browser_origins",
        name="origins",
        most=20,
        problem=origins.problem,
        action=AuditAction.BROWSER_ORIGINS,
        told="Web pages that may use the browser keys",
        empty="none",
    )

    def of(self, project: Project) -> list[str]:
        """Return a project's entries."""
        entries: list[str] = getattr(project, self.value.column)
        return entries


def set_list(*, project: Project, which: ProjectList, entries: Sequence[str], by: By) -> None:
    """Give a project another list, and write down who did. Raises InvalidField.

    It holds at once in this process, within API_KEY_CACHE_SECONDS in others.
    """
    rules, entries = which.value, list(dict.fromkeys(entries))
    if len(entries) > rules.most:
        raise InvalidField(f"At most {rules.most} {rules.name}.", param=rules.name)
    for entry in entries:
        wrong = rules.problem(entry)
        if wrong:
            raise InvalidField(f"{entry[:64]!r}: {wrong}", param=rules.name)
    with db.durable():
        locked = locks.project(project.id)
        before = which.of(locked)
        setattr(locked, rules.column, entries)
        locked.save(update_fields=[rules.column])
        AuditEntry.objects.create(
            project=locked,
            object_id=locked.id,
            action=rules.action,
            actor=by.actor,
            address=by.address,
            note=by.reason,
            outcome=AuditOutcome.OK,
            message=f"{rules.told} ({locked.name}): {', '.join(entries) or rules.empty}."[:500],
            before={rules.name: before},
            after={rules.name: entries},
        )
    api_keys.forget()
