"""Which projects' data a person may see: the one place that every list, page, search, export and action asks."""

from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q, QuerySet

from payments.models import Project

from .models import StaffProfile
from .profile import profile_of

_M = TypeVar("_M", bound=Model)
_KEPT = "_hub_projects"


def projects_of(user: User | AnonymousUser) -> frozenset[UUID] | None:
    """Return the ids of the projects that a person may see; None for all of them. Asked once a request."""
    if not user.is_active or not user.is_authenticated:
        return frozenset()
    if user.is_superuser:
        return None
    kept: Any = getattr(user, _KEPT, user)  # the user itself stands for «not asked yet»
    if kept is user:
        kept = _read(user)
        setattr(user, _KEPT, kept)
    return kept  # type: ignore[no-any-return]


def sees_all(user: User | AnonymousUser) -> bool:
    """Tell whether a person may see what belongs to the hub as a whole."""
    return projects_of(user) is None


def may_see(user: User | AnonymousUser, project: UUID | None) -> bool:
    """Tell whether a person may see a project's data; what belongs to no project is for those who see all."""
    mine = projects_of(user)
    return mine is None or project in mine


def scoped(queryset: QuerySet[_M], user: User | AnonymousUser, path: str) -> QuerySet[_M]:
    """Keep the rows of the person's projects. `path` leads from a row to its project's id, as `payment__project`.

    Rows that lead to no project are kept for those only who see all.
    """
    mine = projects_of(user)
    return queryset if mine is None else queryset.filter(Q(**{f"{path}__in": mine}))


def visible_projects(user: User | AnonymousUser) -> QuerySet[Project]:
    """List the projects that a person may see, ready for choices."""
    return scoped(Project.objects.select_related("principal"), user, "pk").order_by("principal__name", "name")


def visible_staff(user: User | AnonymousUser) -> QuerySet[User]:
    """List the people whom a person may look at: oneself, and those who see nothing but some of one's own projects."""
    mine = projects_of(user)
    if mine is None:
        return User.objects.all()
    elsewhere = StaffProfile.projects.through.objects.exclude(project__in=mine)
    within = StaffProfile.objects.filter(all_projects=False, projects__in=mine)
    within = within.exclude(pk__in=elsewhere.values("staffprofile"))
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=within.values("user"), is_superuser=False))


def _read(user: User) -> frozenset[UUID] | None:
    profile = profile_of(user)
    if profile is None:
        return frozenset()
    return None if profile.all_projects else frozenset(profile.projects.values_list("pk", flat=True))
