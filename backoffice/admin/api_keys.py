"""API keys of order systems: their first characters, never their secret."""

from django.contrib import admin
from django.utils.safestring import SafeString

from backoffice.display import code, when
from paymenthub.kernel import clock
from payments.models import ApiKey

from ._read_only import ReadOnlyAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys."""

    list_display = ("name", "prefix", "project", "mode", "may", "standing", "last_used")
    list_filter = ("mode", "project")
    list_select_related = ("project",)
    search_fields = ("shown__startswith",)
    search_help_text = "The key's first characters"
    fields = ("name", "prefix", "project", "mode", "may", "standing", "last_used", "expires", "created")

    @admin.display(description="Begins with")
    def prefix(self, key: ApiKey) -> SafeString | str:
        """Write the first characters."""
        return code(f"{key.shown}…")

    @admin.display(description="Scopes")
    def may(self, key: ApiKey) -> str:
        """List the scopes."""
        return ", ".join(key.scopes) or "—"

    @admin.display(description="Standing")
    def standing(self, key: ApiKey) -> str:
        """Tell whether it works."""
        if key.revoked_at is not None:
            return "Revoked"
        return "Expired" if key.expires_at is not None and key.expires_at <= clock.now() else "Valid"

    @admin.display(description="Last used (UTC)", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> SafeString | str:
        """Write when it was last used."""
        return when(key.last_used_at)

    @admin.display(description="Expires (UTC)")
    def expires(self, key: ApiKey) -> SafeString | str:
        """Write when it ends."""
        return when(key.expires_at)
