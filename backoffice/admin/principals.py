"""Principals: the companies that own projects."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from backoffice.access import sees_all, visible_projects
from backoffice.configuration import merchants
from payments.models import Principal

from ._configuration import Button, ConfigurationAdmin


@admin.register(Principal)
class PrincipalAdmin(ConfigurationAdmin):
    """Principals. Only those who see all projects change them."""

    manage = "payments.manage_project"
    list_display = ("name", "standing", "created")
    list_filter = ("standing",)
    search_fields = ("name__istartswith",)
    fields = ("name", "standing", "created")

    def may_manage(self, request: HttpRequest) -> bool:
        """Ask for the sight of all projects too: a principal is about all of its own."""
        return super().may_manage(request) and sees_all(request.user)

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Offer a new one."""
        return (Button(_("New principal"), reverse("admin:payments_principal_new"), "add"),)

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Offer its name, its standing and a project."""
        return (
            Button(_("New project"), f"{reverse('admin:payments_project_new')}?principal={row.pk}", "add"),
            Button(_("Rename"), reverse("admin:payments_principal_edit", args=[row.pk]), "edit"),
            Button(
                _("Standing"), reverse("admin:payments_principal_standing", args=[row.pk]), "power_settings_new", True
            ),
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_principal_new"),
            path("<uuid:pk>/edit/", wrap(self.edit), name="payments_principal_edit"),
            path("<uuid:pk>/standing/", wrap(self.standing), name="payments_principal_standing"),
        ]
        return mine + list(super().get_urls())

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        self.require(request)
        return merchants.new_principal(request, reverse("admin:payments_principal_changelist"))

    def edit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Rename it."""
        return merchants.edit_principal(request, self.managed(request, pk))

    def standing(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Switch it on or off."""
        return merchants.principal_standing(request, self.managed(request, pk))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Principal]:
        """Keep those who own a project of the person's."""
        if sees_all(request.user):
            return Principal.objects.all()
        return Principal.objects.filter(pk__in=visible_projects(request.user).order_by().values("principal"))
