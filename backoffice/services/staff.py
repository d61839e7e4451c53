"""Make and change members of staff: within the rights of who does it, and never without a row in the audit trail."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.models import RefundLimit, StaffProfile
from backoffice.rights import why_not
from paymenthub.kernel.errors import Conflict, Forbidden, InvalidField
from payments import locks
from payments.models import AuditAction, Project
from payments.services import audit

from .by import By, id_of_user
from .sessions import end_sessions

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and figures that are read one for the other: a one-time password is typed in."""


@dataclass(frozen=True, slots=True)
class Given:
    """A member of staff as a form or a command has it. Limits: minor units by currency.

    `permissions` are those held beside the roles; None leaves them as they are, like `superuser`.
    """

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    active: bool = True
    roles: Sequence[Group] = ()
    all_projects: bool = False
    projects: Sequence[Project] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    permissions: Sequence[Permission] | None = None
    superuser: bool | None = None


def state_of(user: User) -> dict[str, Any]:
    """Say how a member of staff stands, for the audit trail and for forms that must not write over a newer state."""
    profile = StaffProfile.objects.filter(user=user).first()
    permissions = user.user_permissions.values_list("content_type__app_label", "codename")
    return {
        "name": f"{user.first_name} {user.last_name}".strip(),
        "email": user.email,
        "active": user.is_active,
        "superuser": user.is_superuser,
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(f"{app}.{codename}" for app, codename in permissions),
        "allProjects": bool(profile and profile.all_projects),
        "projects": sorted(map(str, profile.projects.all())) if profile else [],
        "limits": dict(sorted(RefundLimit.objects.filter(user=user).values_list("currency", "amount"))),
    }


def seen(user: User) -> str:
    """Return a fingerprint of how a member of staff stands."""
    return hashlib.sha256(json.dumps(state_of(user), sort_keys=True).encode()).hexdigest()


def create_staff(*, username: str, given: Given, by: By) -> tuple[User, str]:
    """Make a member of staff; return them with a one-time password, which is kept nowhere.

    Raises InvalidField for a name that is taken, and Forbidden where somebody gives more than is theirs.
    """
    password = one_time_password()
    user = User(username=username, is_staff=True)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            StaffProfile.objects.create(user=user, must_change_password=True)
            _apply(user, given)
            hold_to_rights(by, user)
            audit.done(
                by.draft(AuditAction.STAFF, id_of_user(user.pk)),
                f"{username} was made.",
                after=state_of(user),
            )
    except IntegrityError:
        raise InvalidField(_("This user name is taken."), param="username") from None
    return user, password


def change_staff(*, user_id: int, given: Given, seen_before: str, by: By) -> None:
    """Change a member of staff as a form has it that was opened when they stood as `seen_before` says.

    Raises Conflict where somebody else changed them meanwhile, Forbidden where the change, or who is changed, goes
    beyond the rights of who does it. Whoever is no longer active is signed out.
    """
    with transaction.atomic():
        user = locks.staff(user_id)
        hold_to_rights(by, user)
        before = state_of(user)
        if seen(user) != seen_before:
            raise Conflict(_("Somebody changed this person meanwhile. Look at it again before you decide."))
        if given.superuser not in (None, user.is_superuser) and not (by.user is None or by.user.is_superuser):
            raise Forbidden(_("Only superusers make superusers."))
        if by.user is not None and by.user.pk == user.pk and not (given.active and given.superuser is not False):
            raise Forbidden(_("Nobody locks themselves out. Ask another superuser."))
        _apply(user, given)
        hold_to_rights(by, user)
        after = state_of(user)
        if after == before:
            return
        audit.done(
            by.draft(AuditAction.STAFF, id_of_user(user.pk)),
            f"{user.username} was changed.",
            before={key: value for key, value in before.items() if after[key] != value},
            after={key: value for key, value in after.items() if before[key] != value},
        )
        if not user.is_active:
            end_sessions(user)


def one_time_password() -> str:
    """Make a password of 79 bits, in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _place in range(4)) for _group in range(4))


def hold_to_rights(by: By, user: User) -> None:
    """Raise Forbidden unless who acts may manage this person, as both stand now."""
    if by.user is not None and (problem := why_not(_fresh(by.user), _fresh(user))):
        raise Forbidden(problem)


def _fresh(user: User) -> User:
    """Read again: a user object remembers the permissions that it was asked for first."""
    return User.objects.get(pk=user.pk)


def _apply(user: User, given: Given) -> None:
    user.first_name, user.last_name, user.email = given.first_name, given.last_name, given.email
    user.is_active = given.active
    if given.superuser is not None:
        user.is_superuser = given.superuser
    user.save(update_fields=["first_name", "last_name", "email", "is_active", "is_superuser"])
    user.groups.set(given.roles)
    if given.permissions is not None:
        user.user_permissions.set(given.permissions)
    profile, _made = StaffProfile.objects.get_or_create(user=user)
    profile.all_projects = given.all_projects
    profile.save(update_fields=["all_projects"])
    profile.projects.set(() if given.all_projects else given.projects)
    RefundLimit.objects.filter(user=user).delete()
    RefundLimit.objects.bulk_create(
        RefundLimit(user=user, currency=code, amount=amount) for code, amount in given.limits.items()
    )
