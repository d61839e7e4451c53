"""Webhook endpoints of merchants."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.configuration import endpoints
from backoffice.display import when
from backoffice.links import page_of
from paymenthub.kernel.redact import redact_url
from payments.models import Delivery, WebhookEndpoint

from ._configuration import Button, ConfigurationAdmin, mode_mark

_NEWEST = 10


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ConfigurationAdmin):
    """Endpoints. Their secrets are sealed and not shown."""

    manage = "payments.manage_webhookendpoint"
    list_display = ("address", "project", "mode_mark", "wanted", "enabled")
    list_filter = ("enabled", "mode", "project")
    list_select_related = ("project",)
    fields = (
        "address",
        "project",
        "mode_mark",
        "wanted",
        "secret_set",
        "overlap_ends",
        "enabled",
        "newest_deliveries",
        "created",
    )

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
        return _("Endpoint %(address)s") % {"address": redact_url(row.url)}

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Offer a new one."""
        return (Button(_("New webhook endpoint"), reverse("admin:payments_webhookendpoint_new"), "add"),)

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Offer what may be done with it."""
        return (
            Button(_("Change"), reverse("admin:payments_webhookendpoint_edit", args=[row.pk]), "edit"),
            Button(_("Send a test event"), reverse("admin:payments_webhookendpoint_try", args=[row.pk]), "send"),
            Button(_("Replace the secret"), reverse("admin:payments_webhookendpoint_secret", args=[row.pk]), "key"),
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_webhookendpoint_new"),
            path("<uuid:pk>/edit/", wrap(self.edit), name="payments_webhookendpoint_edit"),
            path("<uuid:pk>/test/", wrap(self.try_it), name="payments_webhookendpoint_try"),
            path("<uuid:pk>/secret/", wrap(self.replace_secret), name="payments_webhookendpoint_secret"),
        ]
        return mine + list(super().get_urls())

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        self.require(request)
        return endpoints.new_endpoint(request, reverse("admin:payments_webhookendpoint_changelist"))

    def edit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Change it."""
        return endpoints.edit_endpoint(request, self.managed(request, pk))

    def try_it(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Send it a test event."""
        return endpoints.try_endpoint(request, self.managed(request, pk))

    def replace_secret(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Replace its secret."""
        return endpoints.rotate_endpoint_secret(request, self.managed(request, pk))

    @admin.display(description=gettext_lazy("Address"))
    def address(self, endpoint: WebhookEndpoint) -> str:
        """Write the address without secrets."""
        return redact_url(endpoint.url)

    @admin.display(description=gettext_lazy("Mode"), ordering="mode")
    def mode_mark(self, endpoint: WebhookEndpoint) -> SafeString:
        """Draw the mode."""
        return mode_mark(endpoint.mode)

    @admin.display(description=gettext_lazy("Events"))
    def wanted(self, endpoint: WebhookEndpoint) -> str:
        """List the wanted events."""
        return ", ".join(endpoint.event_types) or _("all")

    @admin.display(description=gettext_lazy("Signing secret set"), boolean=True)
    def secret_set(self, endpoint: WebhookEndpoint) -> bool:
        """Tell whether there is a secret."""
        return bool(endpoint.secrets_sealed)

    @admin.display(description=gettext_lazy("Secret before signed with until (UTC)"))
    def overlap_ends(self, endpoint: WebhookEndpoint) -> SafeString | str:
        """Write until when both signatures go out."""
        return when(endpoint.previous_secret_until)

    @admin.display(description=gettext_lazy("Newest deliveries"))
    def newest_deliveries(self, endpoint: WebhookEndpoint) -> SafeString:
        """List the newest deliveries with what came of them, and link to all of them."""
        newest = Delivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-id")[:_NEWEST]
        rows = [
            {"delivery": row, "url": page_of(row), "last": row.attempts.order_by("-number").first()} for row in newest
        ]
        every = f"{reverse('admin:payments_delivery_changelist')}?endpoint__id__exact={endpoint.pk}"
        return render_to_string("backoffice/configuration/_deliveries.html", {"rows": rows, "every": every})
