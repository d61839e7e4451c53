"""Who may use the backoffice."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from backoffice.access import visible_staff

from ._scope import NotThere

# Importing Django's pages has registered them; these take their place.
admin.site.unregister(User)
admin.site.unregister(Group)

_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class HubUserAdmin(NotThere, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """Users. Rights are given by superusers only, so that nobody gives them to himself."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_filter_sheet = True
    compressed_fields = False  # beside their labels, the two lists of a choice do not fit

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Keep the people whom a person may look at."""
        return super().get_queryset(request).filter(pk__in=visible_staff(request.user).values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Let only superusers give rights."""
        return (*super().get_readonly_fields(request, obj), *(() if _is_superuser(request) else _RIGHTS))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep others from changing a superuser, whose password would be theirs then."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep others from deleting a superuser."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)


@admin.register(Group)
class HubGroupAdmin(NotThere, GroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Groups: changed by superusers only."""

    compressed_fields = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let only superusers make groups."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only superusers change what a group may do."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only superusers delete groups."""
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or _is_superuser(request)
