"""Projects: the shops."""

from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import redirect_pages
from backoffice.links import link_to
from paymenthub.kernel.redact import redact_url
from payments.models import Project

from ._read_only import ReadOnlyAdmin


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects. The secrets that sign their callbacks are sealed and not shown."""

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
        "redirects",
        "machine",
        "created",
    )

    @admin.display(description="Callback address")
    def callbacks_to(self, project: Project) -> str:
        """Write where callbacks go, without secrets."""
        return redact_url(project.callback_url) if project.callback_url else "the hub's own (PAYMENT_CALLBACK_URL)"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that changes where customers are sent back to."""
        wrap = self.admin_site.admin_view
        mine = [path("<uuid:project>/redirects/", wrap(self.edit_redirects), name="payments_project_redirects")]
        return mine + list(super().get_urls())

    def edit_redirects(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change it."""
        if not request.user.has_perm("payments.change_project"):
            raise PermissionDenied
        return redirect_pages.edit(request, project)

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

    @admin.display(description="Callback secret set", boolean=True)
    def secret_set(self, project: Project) -> bool:
        """Tell whether there is a secret."""
        return bool(project.callback_secrets_sealed)
