"""What a person may do and see, compared: nobody gives, or takes over by a password, more than is theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from django.utils.translation import gettext as _

from .limits import refund_limit
from .models import RefundLimit, StaffProfile

_MONEY = frozenset({"payments.refund_payment", "backoffice.approve_refund"})


@dataclass(frozen=True, slots=True)
class Rights:
    """Permissions as `app.codename`; projects, None for all; limits in minor units, None for unlimited."""

    permissions: frozenset[str]
    projects: frozenset[UUID] | None
    limits: Mapping[str, int] | None


def rights_of(user: User) -> Rights:
    """Read what a person has been given, also of one who is not active at the moment."""
    rows = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    profile = StaffProfile.objects.filter(user=user).first()
    projects: frozenset[UUID] | None = frozenset()
    if profile is not None:
        projects = None if profile.all_projects else frozenset(profile.projects.values_list("pk", flat=True))
    return Rights(names_of(rows), projects, _limits(user))


def names_of(permissions: Iterable[Permission]) -> frozenset[str]:
    """Name permissions as `app.codename`."""
    if hasattr(permissions, "values_list"):
        return frozenset(
            f"{app}.{name}" for app, name in permissions.values_list("content_type__app_label", "codename")
        )
    return frozenset(f"{one.content_type.app_label}.{one.codename}" for one in permissions)


def why_not(actor: User, target: User) -> str:
    """Say why `actor` may not manage `target`, as both stand now; nothing where he may."""
    if not (actor.is_active and (actor.is_superuser or actor.has_perm("backoffice.manage_staff"))):
        return _("You may not manage members of staff.")
    if actor.is_superuser:
        return ""
    if actor.pk == target.pk:
        return _("Nobody changes their own rights. Ask another administrator.")
    if target.is_superuser:
        return _("Only superusers change superusers.")
    return beyond(rights_of(actor), rights_of(target))


def beyond(mine: Rights, theirs: Rights) -> str:
    """Say what somebody has, or is to have, that I have not; nothing where all of it is mine as well."""
    more = theirs.permissions - mine.permissions
    if more:
        return _("That is more than your own rights: %(names)s.") % {"names": ", ".join(sorted(more)[:5])}
    if mine.projects is not None and (theirs.projects is None or theirs.projects - mine.projects):
        return _("That reaches projects that are not yours.")
    if theirs.permissions & _MONEY and _higher(mine.limits, theirs.limits):
        return _("That is a higher refund limit than your own.")
    return ""


def may_give_role(actor: User, role: Group) -> bool:
    """Tell whether every permission of a role is the giver's own."""
    return actor.is_superuser or names_of(role.permissions.all()) <= rights_of(actor).permissions


def _limits(user: User) -> Mapping[str, int] | None:
    if refund_limit(user, "") is None:  # no currency is called so: None says that nothing limits the person
        return None
    codes = RefundLimit.objects.filter(Q(user=user) | Q(group__user=user)).values_list("currency", flat=True)
    return {code: refund_limit(user, code) or 0 for code in set(codes)}


def _higher(mine: Mapping[str, int] | None, theirs: Mapping[str, int] | None) -> bool:
    if mine is None:
        return False
    return theirs is None or any(amount > mine.get(code, 0) for code, amount in theirs.items())
