"""Provider accounts: which settings are set, never what they are."""

from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from backoffice.display import code, label
from payments.models import ProviderAccount
from payments.selectors.explain import explain_account, provider_name

from ._read_only import ReadOnlyAdmin


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ReadOnlyAdmin):
    """Provider accounts."""

    list_display = ("name", "provider_label", "project", "mode", "standing", "is_default", "offered")
    list_filter = ("mode", "standing", "provider", "project")
    list_select_related = ("project",)
    fields = (
        "name",
        "provider_label",
        "project",
        "mode",
        "standing",
        "is_default",
        "offered",
        "external_id",
        "webhook_url",
        "setup",
        "created",
    )

    @admin.display(description="Provider", ordering="provider")
    def provider_label(self, account: ProviderAccount) -> str:
        """Write the provider's name."""
        return provider_name(account.provider)

    @admin.display(description="Methods")
    def offered(self, account: ProviderAccount) -> str:
        """List the methods."""
        return ", ".join(label(method) for method in account.methods) or "—"

    @admin.display(description="Webhook URL")
    def webhook_url(self, account: ProviderAccount) -> SafeString | str:
        """Write the address to name to the provider."""
        return code(f"{settings.HUB_PUBLIC_URL}/c/{account.webhook_token}")

    @admin.display(description="Settings")
    def setup(self, account: ProviderAccount) -> SafeString:
        """List the settings by name."""
        return render_to_string("backoffice/_account_setup.html", {"standing": explain_account(account)})
