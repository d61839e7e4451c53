"""Exports: a person's own, with the pages to ask for one, watch it and take it."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.display import when
from backoffice.exports import views
from backoffice.exports.formats import Format
from backoffice.exports.lists import LISTS
from backoffice.models import ExportJob, ExportState

from ._read_only import ReadOnlyAdmin

_LOOKS = {
    ExportState.READY: "succeeded",
    ExportState.FAILED: "declined",
    ExportState.DUE: "open",
    ExportState.RUNNING: "open",
}


@admin.register(ExportJob)
class ExportJobAdmin(ReadOnlyAdmin):
    """The exports that workers made for this person; nobody sees another's."""

    list_display = ("asked", "what", "how", "stands", "rows_written", "until")
    list_display_links = ("asked", "what")
    list_filter = ("state",)
    fields = ("list",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportJob]:
        """Keep the person's own, whatever they see else."""
        return ExportJob.objects.filter(user_id=request.user.pk or 0).order_by("-id")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the one permission of exports."""
        return request.user.has_perm("backoffice.export_rows")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask for the same."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/<slug:list_name>/", wrap(views.ask), name="backoffice_exportjob_new"),
            path("<uuid:pk>/download/", wrap(self.download), name="backoffice_exportjob_download"),
            path("<uuid:pk>/cancel/", wrap(self.cancel), name="backoffice_exportjob_cancel"),
        ]
        return mine + list(super().get_urls())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how far one is, in the place of a form."""
        return views.watch(request, self._mine(request, object_id))

    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """Send a file."""
        return views.download(request, self._mine(request, str(pk)))

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Cancel one."""
        return views.cancel(request, self._mine(request, str(pk)))

    def _mine(self, request: HttpRequest, key: str) -> ExportJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).select_related("user"), pk=key)

    @admin.display(description=_("Asked for (UTC)"), ordering="id")
    def asked(self, job: ExportJob) -> SafeString | str:
        """Write when."""
        return when(job.created_at)

    @admin.display(description=_("List"))
    def what(self, job: ExportJob) -> str:
        """Name the list."""
        found = LISTS.get(job.list)
        return str(found.label) if found else job.list

    @admin.display(description=_("Format"))
    def how(self, job: ExportJob) -> str:
        """Name the format."""
        return str(Format(job.format).label) if job.format in Format.values else job.format

    @admin.display(description=_("State"))
    def stands(self, job: ExportJob) -> SafeString:
        """Draw how it stands."""
        look = _LOOKS.get(ExportState(job.state), "unknown")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, _state_label(job))

    @admin.display(description=_("Kept until (UTC)"))
    def until(self, job: ExportJob) -> SafeString | str:
        """Write until when its file stays."""
        return when(job.expires_at) if job.state == ExportState.READY else "—"


def _state_label(job: ExportJob) -> str:
    label = str(ExportState(job.state).label)
    return f"{label}, {job.share} %" if job.state == ExportState.RUNNING else label
