"""Make and change roles: what they may do, what they ask for, and how much they refund alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.models import RefundLimit, RolePolicy
from paymenthub.kernel.errors import Conflict, Forbidden, InvalidField
from payments.models import AuditAction
from payments.services import audit

from .by import By, id_of_role


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """A role as a form has it. Limits: minor units by currency."""

    name: str
    permissions: Sequence[Permission]
    two_factor: bool = False
    refunds_limited: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)


def state_of_role(group: Group) -> dict[str, Any]:
    """Say how a role stands."""
    policy = RolePolicy.objects.filter(group=group).first()
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {
        "name": group.name,
        "permissions": sorted(f"{app}.{codename}" for app, codename in rows),
        "twoFactor": bool(policy and policy.two_factor),
        "refundsLimited": bool(policy and policy.refunds_limited),
        "limits": dict(sorted(RefundLimit.objects.filter(group=group).values_list("currency", "amount"))),
    }


def save_role(*, group: Group | None, given: RoleGiven, by: By) -> Group:
    """Make a role, or change one. Superusers only: raises Forbidden; InvalidField for a name that is taken."""
    _superusers_only(by)
    with transaction.atomic():
        namesake = Group.objects.filter(name=given.name).first()
        if namesake is not None and namesake != group:
            raise InvalidField(_("A role of this name exists."), param="name")
        before = state_of_role(group) if group is not None else {}
        group = group or Group()
        group.name = given.name
        group.save()
        group.permissions.set(given.permissions)
        wanted = {"two_factor": given.two_factor, "refunds_limited": given.refunds_limited}
        RolePolicy.objects.update_or_create(group=group, defaults=wanted)
        RefundLimit.objects.filter(group=group).delete()
        RefundLimit.objects.bulk_create(
            RefundLimit(group=group, currency=code, amount=amount) for code, amount in given.limits.items()
        )
        after = state_of_role(group)
        if after != before:
            audit.done(
                by.draft(AuditAction.ROLE, id_of_role(group.pk)),
                f"The role {group.name} was {'changed' if before else 'made'}.",
                before={key: value for key, value in before.items() if after[key] != value},
                after={key: value for key, value in after.items() if before.get(key) != value},
            )
    return group


def delete_role(*, group: Group, by: By) -> None:
    """Delete a role that nobody holds. Raises Forbidden, Conflict."""
    _superusers_only(by)
    with transaction.atomic():
        if group.user_set.exists():
            raise Conflict(_("Somebody holds this role. Take it from them first."))
        draft = by.draft(AuditAction.ROLE, id_of_role(group.pk))
        audit.done(draft, f"The role {group.name} was deleted.", before=state_of_role(group), after={})
        group.delete()


def _superusers_only(by: By) -> None:
    if by.user is not None and not (by.user.is_active and by.user.is_superuser):
        raise Forbidden(_("Only superusers say what a role may do."))
