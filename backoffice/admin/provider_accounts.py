"""Provider accounts: which settings are set, never what they are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from backoffice.configuration import accounts
from backoffice.display import code, label, when
from payments.models import ProviderAccount
from payments.selectors.explain import explain_account, provider_name
from payments.services.check_connection import can_be_checked
from payments.services.merchants import webhook_url

from ._configuration import Button, ConfigurationAdmin, mode_mark

_secret = method_decorator(sensitive_post_parameters())


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ConfigurationAdmin):
    """Provider accounts."""

    manage = "payments.manage_provideraccount"
    list_display = ("name", "provider_label", "project", "mode_mark", "standing", "is_default", "offered")
    list_filter = ("mode", "standing", "provider", "project")
    list_select_related = ("project",)
    fields = (
        "name",
        "provider_label",
        "project",
        "mode_mark",
        "standing",
        "is_default",
        "offered",
        "external_id",
        "webhook_url",
        "setup",
        "changed",
        "overlap_ends",
        "created",
    )

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Offer a new one."""
        return (Button(_("New provider account"), reverse("admin:payments_provideraccount_new"), "add"),)

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Offer to change and to test it."""
        change = Button(_("Change"), reverse("admin:payments_provideraccount_edit", args=[row.pk]), "edit")
        if not can_be_checked(row):
            return (change,)
        test = Button(_("Test the connection"), reverse("admin:payments_provideraccount_try", args=[row.pk]), "cable")
        return (change, test)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_provideraccount_new"),
            path("<uuid:pk>/edit/", wrap(self.edit), name="payments_provideraccount_edit"),
            path("<uuid:pk>/test/", wrap(self.try_it), name="payments_provideraccount_try"),
        ]
        return mine + list(super().get_urls())

    @_secret
    def new(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        self.require(request)
        return accounts.new_account(request, reverse("admin:payments_provideraccount_changelist"))

    @_secret
    def edit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Change it."""
        return accounts.edit_account(request, self.managed(request, pk))

    def try_it(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Try its credentials."""
        return accounts.try_account(request, self.managed(request, pk))

    @admin.display(description=gettext_lazy("Provider"), ordering="provider")
    def provider_label(self, account: ProviderAccount) -> str:
        """Write the provider's name."""
        return provider_name(account.provider)

    @admin.display(description=gettext_lazy("Mode"), ordering="mode")
    def mode_mark(self, account: ProviderAccount) -> SafeString:
        """Draw the mode."""
        return mode_mark(account.mode)

    @admin.display(description=gettext_lazy("Methods"))
    def offered(self, account: ProviderAccount) -> str:
        """List the methods."""
        return ", ".join(label(method) for method in account.methods) or "—"

    @admin.display(description=gettext_lazy("Webhook URL"))
    def webhook_url(self, account: ProviderAccount) -> SafeString | str:
        """Write the address to name to the provider."""
        return code(webhook_url(account))

    @admin.display(description=gettext_lazy("Settings"))
    def setup(self, account: ProviderAccount) -> SafeString:
        """List the settings by name."""
        return render_to_string("backoffice/_account_setup.html", {"standing": explain_account(account)})

    @admin.display(description=gettext_lazy("Settings replaced (UTC)"))
    def changed(self, account: ProviderAccount) -> SafeString | str:
        """Write when the settings were replaced last."""
        return when(account.config_changed_at) if account.config_changed_at else _("never")

    @admin.display(description=gettext_lazy("Settings before taken until (UTC)"))
    def overlap_ends(self, account: ProviderAccount) -> SafeString | str:
        """Write until when notifications under the settings before are taken."""
        return when(account.previous_config_until)
