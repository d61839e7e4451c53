"""Make and change projects, each time with a row in the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict
from payments import locks
from payments.models import AuditAction, Principal, Project, Standing
from payments.selectors import api_keys
from payments.selectors.configured import Version, version_of

from .configuring import note, refuse_if_changed
from .install_machine import By
from .merchants import check_callback_url, check_name, check_standing, check_timezone, create_project


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectGiven:
    """What a project is to be. `callback_url` None: as it is; empty: the hub's own."""

    name: str
    timezone: str = "UTC"
    callback_url: str | None = None
    standing: str = Standing.ACTIVE


def make_project(*, principal: Principal, given: ProjectGiven, seal: Callable[[Project], str], by: By) -> Project:
    """Make a project; `seal` returns its callback secrets, sealed for its row. Raises InvalidField or Conflict."""
    with db.durable():
        project = create_project(
            principal=principal,
            name=given.name,
            callback_url=given.callback_url or "",
            timezone=given.timezone,
            seal=seal,
        )
        note(project, AuditAction.PROJECT, by, f"The project {principal.name} / {project.name} was made.")
    return project


def change_project(*, project: Project, given: ProjectGiven, by: By, seen: Version | None) -> None:
    """Change a project. Raises InvalidField, or Conflict where the name is taken or somebody changed it since.

    It holds at once in this process, within API_KEY_CACHE_SECONDS in others.
    """
    check_name(given.name)
    check_timezone(given.timezone)
    check_standing(given.standing)
    if given.callback_url is not None:
        check_callback_url(given.callback_url)
    with db.durable():
        row = locks.project(project.id)
        refuse_if_changed(row, seen)
        before = version_of(row).told
        row.name, row.timezone, row.standing = given.name, given.timezone, given.standing
        if given.callback_url is not None:
            row.callback_url = given.callback_url
        try:
            with transaction.atomic():
                row.save(update_fields=["name", "timezone", "standing", "callback_url"])
        except IntegrityError:
            raise Conflict(
                _("Its principal has a project %(name)s already.") % {"name": given.name}, param="name"
            ) from None
        note(
            row, AuditAction.PROJECT, by, f"The project {row.name} is {Standing(row.standing).label.lower()}.",
            before=before,
        )  # fmt: skip
    api_keys.forget()
