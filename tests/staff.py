"""Members of staff for tests."""

from typing import Any

from django.contrib.auth.models import Permission, User

from backoffice.models import StaffProfile
from payments.models import Project


def make_staff(name: str, *permissions: str, projects: tuple[Project, ...] | None = None, **more: Any) -> User:
    """A member of staff with these permissions (codenames), who sees these projects; None: all of them."""
    user = User.objects.create_user(name, is_staff=True, **more)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    profile = StaffProfile.objects.create(user=user, all_projects=projects is None)
    profile.projects.set(projects or ())
    return user
