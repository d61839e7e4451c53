"""Who is signed in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.display import when
from backoffice.models import StaffSession

from ._read_only import ReadOnlyAdmin

_MAY = "backoffice.view_session"


@admin.register(StaffSession)
class StaffSessionAdmin(ReadOnlyAdmin):
    """Sessions of everybody, each with the way to end it."""

    project_path = None
    list_display = ("user", "address", "since", "last_seen", "browser_shown", "end_link")
    list_select_related = ("user",)
    search_fields = ("user__username", "address")
    ordering = ("-seen_at",)
    fields = ("user", "address", "browser", "since", "last_seen", "end_link")

    def title_of(self, row: Any) -> str:
        """Name it by its person."""
        return _("Session of %(name)s") % {"name": row.user.get_username()}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those see sessions who may end them."""
        return request.user.has_perm(_MAY)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Let those see sessions who may end them."""
        return request.user.has_perm(_MAY)

    @admin.display(description=gettext_lazy("Since (UTC)"), ordering="created_at")
    def since(self, row: StaffSession) -> SafeString | str:
        """Write when it began."""
        return when(row.created_at)

    @admin.display(description=gettext_lazy("Last seen (UTC)"), ordering="seen_at")
    def last_seen(self, row: StaffSession) -> SafeString | str:
        """Write when it was used last."""
        return when(row.seen_at)

    @admin.display(description=gettext_lazy("Browser"))
    def browser_shown(self, row: StaffSession) -> str:
        """Name it in few words."""
        return row.browser_shown or "—"

    @admin.display(description="")
    def end_link(self, row: StaffSession) -> SafeString:
        """Link to the page that ends it."""
        url = reverse("admin:auth_user_act", args=[row.user_id, "sessions"])
        return format_html('<a class="hub-link hub-nowrap" href="{}?session={}">{}</a>', url, row.pk, _("End it"))
