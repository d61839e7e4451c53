"""The base of the configuration's pages: the list with «new», the page with what may be done, and who may do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ._read_only import ReadOnlyAdmin


@dataclass(frozen=True, slots=True)
class Button:
    """A way to a page that changes something."""

    text: str
    url: str
    icon: str = ""
    is_dangerous: bool = False


def mode_mark(mode: str) -> SafeString:
    """Draw the mode: live in the colour of danger, test quietly."""
    return format_html('<span class="hub-mode hub-mode--{}">{}</span>', mode, mode.upper())


class ConfigurationAdmin(ReadOnlyAdmin):
    """A model whose rows are changed on pages of their own. `manage` is the permission that those need."""

    manage: str
    list_before_template = "backoffice/configuration/_buttons.html"
    change_form_before_template = "backoffice/configuration/_buttons.html"

    def list_buttons(self, request: HttpRequest) -> Sequence[Button]:
        """Name what may be made; asked only for those who may."""
        return ()

    def row_buttons(self, request: HttpRequest, row: Any) -> Sequence[Button]:
        """Name what may be done with a row; asked only for those who may."""
        return ()

    def may_manage(self, request: HttpRequest) -> bool:
        """Tell whether a person may change rows of this model."""
        return request.user.has_perm(self.manage)

    def require(self, request: HttpRequest) -> None:
        """Refuse (403) who may not change rows of this model."""
        if not self.may_manage(request):
            raise PermissionDenied

    def managed(self, request: HttpRequest, pk: UUID) -> Any:
        """Return a row of the person's projects that is to be changed: 403 for who may not, 404 for foreign rows."""
        self.require(request)
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Add the buttons to the list."""
        buttons = self.list_buttons(request) if self.may_manage(request) else ()
        context = {**(extra_context or {}), "hub_buttons": buttons}
        response: HttpResponseBase = super().changelist_view(request, context)
        return response

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Add the buttons to the page."""
        row = more.get("obj")
        context["hub_buttons"] = self.row_buttons(request, row) if row is not None and self.may_manage(request) else ()
        return super().render_change_form(request, context, **more)
