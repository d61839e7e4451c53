"""Who may use the backoffice: members of staff and roles. Every change is a service's, with its row in the audit trail."""

from typing import Any

import django.contrib.auth.admin  # noqa: F401 - its pages are taken away below
import django_otp.plugins.otp_totp.admin  # noqa: F401 - its pages show keys, and are taken away below
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.access import visible_staff
from backoffice.display import when
from backoffice.models import SealedTotp
from backoffice.people import role_pages, staff_pages

from ._scope import NotThere

# Importing these pages has registered them; the hub's own take their place.
admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(TOTPDevice)


class _PeopleAdmin(NotThere):
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_filter_sheet = True

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Refuse: the history names people and roles."""
        raise PermissionDenied

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Refuse: the audit trail has it."""
        raise PermissionDenied

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(User)
class HubUserAdmin(_PeopleAdmin):
    """Members of staff: nobody gives more than is theirs, and only superusers touch superusers."""

    list_display = ("username", "full_name", "roles", "second_factor", "is_active", "last_seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Keep those whose projects are the person's own."""
        assert isinstance(request.user, User)  # noqa: S101 - admin_view lets members of staff in only
        has_one = Exists(SealedTotp.objects.filter(user=OuterRef("pk"), confirmed=True))
        return visible_staff(request.user).order_by("username").prefetch_related("groups").annotate(has_factor=has_one)

    def get_urls(self) -> list[Any]:
        """Put the pages of one person before Django's forms."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:user_id>/edit/", wrap(staff_pages.change), name="auth_user_edit"),
            path(
                "<int:user_id>/password/",
                wrap(staff_pages.act),
                {"name": "password"},
                name="auth_user_password_change",
            ),
            path("<int:user_id>/act/<slug:name>/", wrap(staff_pages.act), name="auth_user_act"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a member of staff."""
        return staff_pages.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a member of staff."""
        return staff_pages.show(request, object_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those see people who may see or manage them."""
        return request.user.has_perm("auth.view_user") or request.user.has_perm(staff_pages.MANAGE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those make people who may manage them."""
        return request.user.has_perm(staff_pages.MANAGE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse Django's own form."""
        return False

    @admin.display(description=gettext_lazy("Name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        """Write first and last name."""
        return user.get_full_name() or "—"

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, user: User) -> str:
        """Name the roles."""
        names = [group.name for group in user.groups.all()]
        return ", ".join([_("superuser"), *names] if user.is_superuser else names) or "—"

    @admin.display(description=gettext_lazy("Second factor"))
    def second_factor(self, user: Any) -> str:
        """Tell whether one is set up."""
        return _("set up") if user.has_factor else "—"

    @admin.display(description=gettext_lazy("Last sign-in (UTC)"), ordering="last_login")
    def last_seen(self, user: User) -> str:
        """Write when the person signed in last."""
        return when(user.last_login)


@admin.register(Group)
class HubGroupAdmin(_PeopleAdmin):
    """Roles: changed by superusers only."""

    list_display = ("name", "permissions_count", "holders", "two_factor", "limited")
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Count permissions and holders along."""
        rows = Group.objects.select_related("hub_policy")
        return rows.annotate(held_by=Count("user", distinct=True), permission_count=Count("permissions", distinct=True))

    def get_urls(self) -> list[Any]:
        """Put the pages of one role before Django's forms."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:role_id>/edit/", wrap(role_pages.edit), name="auth_group_edit"),
            path("<int:role_id>/delete/", wrap(role_pages.delete), name="auth_group_delete"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a role."""
        return role_pages.edit(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a role."""
        return role_pages.show(request, object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let only superusers make roles."""
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse Django's own form."""
        return False

    @admin.display(description=gettext_lazy("Permissions"))
    def permissions_count(self, group: Any) -> int:
        """Count them."""
        return int(group.permission_count)

    @admin.display(description=gettext_lazy("Holders"))
    def holders(self, group: Any) -> int:
        """Count who holds it."""
        return int(group.held_by)

    @admin.display(description=gettext_lazy("Second factor"))
    def two_factor(self, group: Group) -> str:
        """Tell whether its holders need a second factor."""
        return _("required") if hasattr(group, "hub_policy") and group.hub_policy.two_factor else "—"

    @admin.display(description=gettext_lazy("Refunds"))
    def limited(self, group: Group) -> str:
        """Tell whether its holders refund up to a limit only."""
        return _("limited") if hasattr(group, "hub_policy") and group.hub_policy.refunds_limited else "—"
