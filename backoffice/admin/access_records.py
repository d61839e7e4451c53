"""Who signed in, who tried, and who looked at personal data. Nothing in it can be changed."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from backoffice.display import when
from backoffice.models import AccessKind, AccessRecord

from ._read_only import ReadOnlyAdmin

_LOOKS = {
    AccessKind.SIGNED_IN: "succeeded",
    AccessKind.SECOND_FACTOR: "succeeded",
    AccessKind.FAILED: "declined",
    AccessKind.LOCKED: "declined",
    AccessKind.WRONG_CODE: "declined",
    AccessKind.RECOVERY_CODE: "unknown",
}


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    """Sign-ins belong to no project: those see them who see all; views, those who see the object's project."""

    list_display = ("at", "actor", "what", "about", "address", "project")
    list_filter = ("kind", ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("project",)
    search_fields = ("actor", "object_id", "title")
    fields = ("at", "actor", "what", "about", "address", "browser", "project")

    def title_of(self, row: Any) -> str:
        """Name it by what happened."""
        return f"{row.get_kind_display()} · {row.actor}"

    @admin.display(description=gettext_lazy("When (UTC)"), ordering="id")
    def at(self, row: AccessRecord) -> SafeString | str:
        """Write the moment."""
        return when(row.created_at)

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, row: AccessRecord) -> SafeString:
        """Draw what happened."""
        look = _LOOKS.get(AccessKind(row.kind), "open")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, row.get_kind_display())

    @admin.display(description=gettext_lazy("About"))
    def about(self, row: AccessRecord) -> SafeString | str:
        """Link to what was looked at."""
        if not row.object_type:
            return "—"
        model = apps.get_model(row.object_type)
        kind = model._meta.verbose_name
        try:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.object_id])
        except NoReverseMatch:
            return f"{kind} {row.title}"
        return format_html('{} <a class="hub-link" href="{}">{}</a>', kind, url, row.title)
