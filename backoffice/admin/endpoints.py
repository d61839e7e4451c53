"""Webhook endpoints of merchants."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

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

    change_form_template = "backoffice/item.html"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Lead to its callbacks, and to sending those again that it did not take."""
        row = more.get("obj")
        if isinstance(row, WebhookEndpoint) and request.user.has_perm("payments.view_delivery"):
            url = reverse("admin:payments_delivery_changelist") + f"?endpoint__id__exact={row.pk}"
            context["actions"] = [{"verb": _("Its callbacks"), "icon": "outbox", "url": url}]
            if request.user.has_perm("payments.resend_delivery"):
                url = reverse("admin:payments_delivery_range") + f"?endpoint={row.pk}"
                context["actions"].append({"verb": _("Send callbacks again"), "icon": "replay", "url": url})
        return super().render_change_form(request, context, **more)

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
