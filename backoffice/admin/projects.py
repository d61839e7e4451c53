"""Projects: the shops."""

from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import origin_pages, redirect_pages
from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.display import when
from backoffice.links import link_to, page_of
from paymenthub.kernel.redact import redact_url
from payments.models import AuditEntry, Mode, Project
from payments.selectors.project_clock import project_now

from ._read_only import ReadOnlyAdmin


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects. The secrets that sign their callbacks are sealed and not shown."""

    project_path = "pk"
    list_display = ("name", "principal", "standing", "timezone", "callbacks_to", "secret_set")
    list_filter = ("standing", "principal")
    list_select_related = ("principal",)
    search_fields = ("name__istartswith",)
    fields = (
        "name",
        "principal",
        "standing",
        "timezone",
        "callbacks_to",
        "secret_set",
        "machine",
        "test_clock",
        "redirects",
        "web_pages",
        "created",
    )

    @admin.display(description="Callback address")
    def callbacks_to(self, project: Project) -> str:
        """Write where callbacks go, without secrets."""
        return redact_url(project.callback_url) if project.callback_url else "the hub's own (PAYMENT_CALLBACK_URL)"

    def edit_redirects(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change it."""
        if not request.user.has_perm("payments.change_project"):
            raise PermissionDenied
        return redirect_pages.edit(request, project)

    def edit_origins(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change them."""
        if not request.user.has_perm("payments.change_project"):
            raise PermissionDenied
        return origin_pages.edit(request, project)

    @admin.display(description="Web pages with browser keys")
    def web_pages(self, project: Project) -> SafeString:
        """List the origins, and link to the page that changes them."""
        url = reverse("admin:payments_project_origins", args=[project.pk])
        listed = ", ".join(project.browser_origins) or "none"
        return format_html('{} · <a class="hub-link" href="{}">Change</a>', listed, url)

    @admin.display(description="Customers are sent back to")
    def redirects(self, project: Project) -> SafeString:
        """List the hosts, and link to the page that changes them."""
        hosts = ", ".join(project.redirect_hosts) or "any host that a server names, none that a browser names"
        url = reverse("admin:payments_project_redirects", args=[project.pk])
        return format_html('{} · <a class="hub-link" href="{}">Change</a>', hosts, url)

    @admin.display(description="Machine of new payments")
    def machine(self, project: Project) -> SafeString:
        """Link to the machine, and to the page that chooses another."""
        name = link_to(project.active_machine) if project.active_machine else "the hub's default"
        url = reverse("admin:payments_machinedefinition_use", args=[project.pk])
        return format_html('{} · <a class="hub-link" href="{}">Choose another</a>', name, url)

    @admin.display(description="Time in test mode (UTC)")
    def test_clock(self, project: Project) -> SafeString:
        """Write what time it is there, and link to the page that puts it forward."""
        url = reverse("admin:payments_project_clock", args=[project.pk])
        now = when(project_now(project, Mode.TEST))
        return format_html('{} · <a class="hub-link" href="{}">Put it forward</a>', now, url)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the redirect hosts, of the browser origins, and of the test clock."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:project>/redirects/", wrap(self.edit_redirects), name="payments_project_redirects"),
            path("<uuid:project>/origins/", wrap(self.edit_origins), name="payments_project_origins"),
            path("<uuid:pk>/clock/", wrap(self.clock), name="payments_project_clock"),
            path("<uuid:pk>/clock/<uuid:entry>/", wrap(self.clock_moved), name="payments_project_clock_moved"),
        ]
        return mine + list(super().get_urls())

    def clock(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for the new time and a reason, and put the clock forward."""
        project = self._viewed(request, pk)
        return ask(request, catalogue.ADVANCE_CLOCK, Subject(None, clock_of=project), back=page_of(project))

    def clock_moved(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of it."""
        project = self._viewed(request, pk)
        row = get_object_or_404(AuditEntry, pk=entry, object_id=project.pk)
        return show_result(request, row, back=page_of(project), back_to="Back to the project")

    def _viewed(self, request: HttpRequest, pk: UUID) -> Project:
        if not self.has_view_permission(request):
            raise PermissionDenied
        project: Project = get_object_or_404(self.get_queryset(request), pk=pk)
        return project

    @admin.display(description="Callback secret set", boolean=True)
    def secret_set(self, project: Project) -> bool:
        """Tell whether there is a secret."""
        return bool(project.callback_secrets_sealed)
