"""Projects: the shops."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    fields = ("name", "principal", "standing", "timezone", "callbacks_to", "secret_set", "machine", "created")

    @admin.display(description="Callback address")
    def callbacks_to(self, project: Project) -> str:
        """Write where callbacks go, without secrets."""
        return redact_url(project.callback_url) if project.callback_url else "the hub's own (PAYMENT_CALLBACK_URL)"

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
