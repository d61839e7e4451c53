"""Projects: the shops."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import sees_all
from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.configuration import lists, merchants
from backoffice.display import when
from backoffice.links import link_to, page_of
from paymenthub.kernel.redact import redact_url
from payments.models import AuditEntry, Mode, Project
from payments.selectors.project_clock import project_now
from payments.services.project_lists import ProjectList

from ._configuration import Button, ConfigurationAdmin


@admin.register(Project)
class ProjectAdmin(ConfigurationAdmin):
    """Projects. The secrets that sign their callbacks are sealed and not shown."""

    project_path = "pk"
    manage = "payments.manage_project"
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
        "belongs",
        "try_it",
        "created",
    )

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Offer a new one to those who would see it."""
        return (
            (Button(_("New project"), reverse("admin:payments_project_new"), "add"),) if sees_all(request.user) else ()
        )

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Offer what may be changed, and the rows that belong to it."""
        return (
            Button(_("Change"), reverse("admin:payments_project_edit", args=[row.pk]), "edit"),
            Button(_("Replace the signing secret"), reverse("admin:payments_project_secret", args=[row.pk]), "key"),
            Button(
                _("Standing"), reverse("admin:payments_project_standing", args=[row.pk]), "power_settings_new", True
            ),
        )

    @admin.display(description=gettext_lazy("Callback address"))
    def callbacks_to(self, project: Project) -> str:
        """Write where callbacks go, without secrets."""
        return redact_url(project.callback_url) if project.callback_url else _("the hub's own (PAYMENT_CALLBACK_URL)")

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make one; it would belong to nobody who sees some projects only."""
        self.require(request)
        if not sees_all(request.user):
            raise PermissionDenied
        return merchants.new_project(request, reverse("admin:payments_project_changelist"))

    def edit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Change name, time zone and callback address."""
        return merchants.edit_project(request, self.managed(request, pk))

    def change_standing(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Switch it on or off."""
        return merchants.project_standing(request, self.managed(request, pk))

    def replace_secret(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Replace the secret that signs its callbacks."""
        return merchants.rotate_project_secret(request, self.managed(request, pk))

    def edit_redirects(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change where its customers may be sent back to."""
        return lists.edit(request, self.managed(request, project), ProjectList.REDIRECT_HOSTS)

    def edit_origins(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change which web pages may use its browser keys."""
        return lists.edit(request, self.managed(request, project), ProjectList.BROWSER_ORIGINS)

    @admin.display(description=gettext_lazy("Belongs to it"))
    def belongs(self, project: Project) -> SafeString:
        """Lead to its keys, accounts, endpoints and look."""
        lists = [
            (_("API keys"), "payments_apikey_changelist"),
            (_("Provider accounts"), "payments_provideraccount_changelist"),
            (_("Webhook endpoints"), "payments_webhookendpoint_changelist"),
        ]
        links = [(f"{reverse(f'admin:{name}')}?project__id__exact={project.pk}", text) for text, name in lists]
        links.append((reverse("admin:payments_projectbranding_edit", args=[project.pk]), _("Look of the checkout")))
        return format_html_join(" · ", '<a class="hub-link" href="{}">{}</a>', links)

    @admin.display(description=gettext_lazy("Try it"))
    def try_it(self, project: Project) -> SafeString:
        """Write calls to copy, with a place for the key."""
        base = settings.HUB_PUBLIC_URL
        context = {"base": base, "documentation": f"{base}/documentation", "project": project}
        return render_to_string("backoffice/configuration/_try.html", context)

    @admin.display(description=gettext_lazy("Web pages with browser keys"))
    def web_pages(self, project: Project) -> SafeString:
        """List the origins, and link to the page that changes them."""
        url = reverse("admin:payments_project_origins", args=[project.pk])
        listed = ", ".join(project.browser_origins) or _("none")
        return format_html('{} · <a class="hub-link" href="{}">{}</a>', listed, url, _("Change"))

    @admin.display(description=gettext_lazy("Customers are sent back to"))
    def redirects(self, project: Project) -> SafeString:
        """List the hosts, and link to the page that changes them."""
        hosts = ", ".join(project.redirect_hosts) or _("any host that a server names, none that a browser names")
        url = reverse("admin:payments_project_redirects", args=[project.pk])
        return format_html('{} · <a class="hub-link" href="{}">{}</a>', hosts, url, _("Change"))

    @admin.display(description=gettext_lazy("Machine of new payments"))
    def machine(self, project: Project) -> SafeString:
        """Link to the machine, and to the page that chooses another."""
        name = link_to(project.active_machine) if project.active_machine else _("the hub's default")
        url = reverse("admin:payments_machinedefinition_use", args=[project.pk])
        return format_html('{} · <a class="hub-link" href="{}">{}</a>', name, url, _("Choose another"))

    @admin.display(description=gettext_lazy("Time in test mode (UTC)"))
    def test_clock(self, project: Project) -> SafeString:
        """Write what time it is there, and link to the page that puts it forward."""
        url = reverse("admin:payments_project_clock", args=[project.pk])
        now = when(project_now(project, Mode.TEST))
        return format_html('{} · <a class="hub-link" href="{}">{}</a>', now, url, _("Put it forward"))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change it, and that of the test clock."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_project_new"),
            path("<uuid:pk>/edit/", wrap(self.edit), name="payments_project_edit"),
            path("<uuid:pk>/standing/", wrap(self.change_standing), name="payments_project_standing"),
            path("<uuid:pk>/secret/", wrap(self.replace_secret), name="payments_project_secret"),
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
        return show_result(request, row, back=page_of(project), back_to=_("Back to the project"))

    def _viewed(self, request: HttpRequest, pk: UUID) -> Project:
        if not self.has_view_permission(request):
            raise PermissionDenied
        project: Project = get_object_or_404(self.get_queryset(request), pk=pk)
        return project

    @admin.display(description=gettext_lazy("Callback secret set"), boolean=True)
    def secret_set(self, project: Project) -> bool:
        """Tell whether there is a secret."""
        return bool(project.callback_secrets_sealed)
