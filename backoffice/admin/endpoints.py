"""Webhook endpoints of merchants."""

from django.contrib import admin

from paymenthub.kernel.redact import redact_url
from payments.models import WebhookEndpoint

from ._read_only import ReadOnlyAdmin


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Endpoints. Their secrets are sealed and not shown."""

    list_display = ("address", "project", "mode", "wanted", "enabled")
    list_filter = ("enabled", "mode", "project")
    list_select_related = ("project",)
    fields = ("address", "project", "mode", "wanted", "secret_set", "enabled", "created")

    def title_of(self, row: WebhookEndpoint) -> str:
        """Name it by its address, without secrets."""
        return f"Endpoint {redact_url(row.url)}"

    @admin.display(description="Address")
    def address(self, endpoint: WebhookEndpoint) -> str:
        """Write the address without secrets."""
        return redact_url(endpoint.url)

    @admin.display(description="Events")
    def wanted(self, endpoint: WebhookEndpoint) -> str:
        """List the wanted events."""
        return ", ".join(endpoint.event_types) or "all"

    @admin.display(description="Signing secret set", boolean=True)
    def secret_set(self, endpoint: WebhookEndpoint) -> bool:
        """Tell whether there is a secret."""
        return bool(endpoint.secrets_sealed)
