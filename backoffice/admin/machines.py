"""Machines that were installed, with their pictures; and the pages by which a project gets another one."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import machine_pages
from backoffice.display import block, code, pretty
from backoffice.machine_pictures import machine_pictures
from payments.models import MachineDefinition
from payments.selectors import machines

from ._read_only import ReadOnlyAdmin

_PERMISSION = "payments.install_machine"


@admin.register(MachineDefinition)
class MachineDefinitionAdmin(ReadOnlyAdmin):
    """Machines. The values of a channel's headers are not shown: they may hold secrets."""

    list_display = ("name", "version", "project", "in_use", "installed_by", "created")
    list_filter = ("project",)
    list_select_related = ("project",)
    search_fields = ("name__istartswith",)
    change_list_template = "backoffice/machine_list.html"
    fields = ("name", "version", "project", "in_use", "installed_by", "created", "checksum_shown", "picture", "data")

    def title_of(self, row: MachineDefinition) -> str:
        """Name it with its version."""
        return _("Machine %(name)s version %(version)s") % {"name": row.name, "version": row.version}

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that install and choose."""
        wrap = self.admin_site.admin_view
        mine = [
            path("install/", wrap(self.install), name="payments_machinedefinition_install"),
            path("use/<uuid:project>/", wrap(self.use), name="payments_machinedefinition_use"),
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Offer to install one, to those who may."""
        context = {**(extra_context or {}), "may_install": request.user.has_perm(_PERMISSION)}
        return super().changelist_view(request, context)

    def install(self, request: HttpRequest) -> HttpResponse:
        """Install one."""
        self._allow(request)
        return machine_pages.install(request)

    def use(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Choose a project's."""
        self._allow(request)
        return machine_pages.use(request, project)

    def _allow(self, request: HttpRequest) -> None:
        if not (self.has_view_permission(request) and request.user.has_perm(_PERMISSION)):
            raise PermissionDenied

    @admin.display(description=gettext_lazy("In use"), boolean=True)
    def in_use(self, row: MachineDefinition) -> bool:
        """Tell whether new payments of its project start with it."""
        return row.project is not None and row.project.active_machine_id == row.pk

    @admin.display(description=gettext_lazy("Checksum (SHA-256)"))
    def checksum_shown(self, row: MachineDefinition) -> SafeString | str:
        """Write the checksum."""
        return code(row.checksum)

    @admin.display(description=gettext_lazy("Picture"))
    def picture(self, row: MachineDefinition) -> SafeString | str:
        """Draw it."""
        try:
            pictures = machine_pictures(machines.machine(row.name, row.version))
        except machines.UnknownMachine:
            return _("This machine cannot be read.")
        return render_to_string("backoffice/_machine.html", {"pictures": pictures})

    @admin.display(description=gettext_lazy("Definition"))
    def data(self, row: MachineDefinition) -> SafeString | str:
        """Show the JSON, without the values of headers."""
        return block(pretty(_without_headers(row.definition)))


def _without_headers(definition: dict[str, Any]) -> dict[str, Any]:
    shown = []
    for channel in definition.get("communicationProtocols", ()):
        settings = dict(channel["configurations"])
        if "headers" in settings:
            settings["headers"] = dict.fromkeys(settings["headers"], _("(not shown)"))
        shown.append({**channel, "configurations": settings})
    return {**definition, "communicationProtocols": shown} if shown else definition
