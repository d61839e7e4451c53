"""API keys of order systems: their first characters, never their secret."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.configuration import keys
from backoffice.display import code, when
from paymenthub.kernel import clock
from payments.models import ApiKey

from ._configuration import Button, ConfigurationAdmin, mode_mark


@admin.register(ApiKey)
class ApiKeyAdmin(ConfigurationAdmin):
    """API keys."""

    manage = "payments.manage_apikey"
    list_display = ("name", "prefix", "project", "mode_mark", "may", "standing", "last_used", "expires")
    list_filter = ("mode", "project")
    list_select_related = ("project",)
    search_fields = ("shown__startswith",)
    search_help_text = gettext_lazy("The key's first characters")
    fields = ("name", "prefix", "project", "mode_mark", "may", "standing", "last_used", "expires", "revoked", "created")

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Offer a new one."""
        return (Button(_("New API key"), reverse("admin:payments_apikey_new"), "add"),)

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Offer what may be done with a key that works."""
        if _has_ended(row):
            return ()
        return (
            Button(_("Rotate"), reverse("admin:payments_apikey_rotate", args=[row.pk]), "autorenew"),
            Button(_("Revoke now"), reverse("admin:payments_apikey_revoke", args=[row.pk]), "block", True),
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_apikey_new"),
            path("<uuid:pk>/rotate/", wrap(self.rotate), name="payments_apikey_rotate"),
            path("<uuid:pk>/revoke/", wrap(self.revoke), name="payments_apikey_revoke"),
        ]
        return mine + list(super().get_urls())

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        self.require(request)
        return keys.new_key(request, reverse("admin:payments_apikey_changelist"))

    def rotate(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Make one in its place."""
        return keys.rotate(request, self.managed(request, pk))

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """End it."""
        return keys.revoke(request, self.managed(request, pk))

    @admin.display(description=gettext_lazy("Mode"), ordering="mode")
    def mode_mark(self, key: ApiKey) -> SafeString:
        """Draw the mode."""
        return mode_mark(key.mode)

    @admin.display(description=gettext_lazy("Begins with"))
    def prefix(self, key: ApiKey) -> SafeString | str:
        """Write the first characters."""
        return code(f"{key.shown}…")

    @admin.display(description=gettext_lazy("Scopes"))
    def may(self, key: ApiKey) -> str:
        """List the scopes."""
        return ", ".join(key.scopes) or "—"

    @admin.display(description=gettext_lazy("Standing"))
    def standing(self, key: ApiKey) -> str:
        """Tell whether it works."""
        if key.revoked_at is not None:
            return _("Revoked")
        return _("Expired") if _has_ended(key) else _("Valid")

    @admin.display(description=gettext_lazy("Last used (UTC)"), ordering="last_used_at")
    def last_used(self, key: ApiKey) -> SafeString | str:
        """Write when it was last used, to the minute."""
        return when(key.last_used_at) if key.last_used_at else _("never")

    @admin.display(description=gettext_lazy("Expires (UTC)"), ordering="expires_at")
    def expires(self, key: ApiKey) -> SafeString | str:
        """Write when it ends."""
        return when(key.expires_at)

    @admin.display(description=gettext_lazy("Revoked (UTC)"))
    def revoked(self, key: ApiKey) -> SafeString | str:
        """Write when it was revoked."""
        return when(key.revoked_at)


def _has_ended(key: ApiKey) -> bool:
    return key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= clock.now())
