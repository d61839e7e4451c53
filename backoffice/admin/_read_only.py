"""The base of every page about payments: everything may be read, nothing changed; changes are service calls."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.display import when
from backoffice.services.access_records import viewed

from ._scope import Scoped


@dataclass(frozen=True, slots=True)
class Titled:
    """Stands for a row in headings: a row's own text may hold what is not to be shown, such as a URL with a secret."""

    row: Model
    title: str

    @property
    def pk(self) -> Any:
        """The row's key."""
        return self.row.pk

    @property
    def _meta(self) -> Any:
        return self.row._meta

    def __str__(self) -> str:
        return self.title


class ReadOnlyAdmin(Scoped):
    """A list and a page per row, without any form. Name `fields`: what is not named is not shown."""

    personal_data = False  # whether it is written down who looked at a row's page
    actions: Any = None
    ordering: tuple[str, ...] = ("-id",)  # keys grow with time, and their index is always there
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_filter_sheet = True
    change_form_template = "backoffice/read_only.html"
    list_before_template = "backoffice/exports/_button.html"

    def title_of(self, row: Any) -> str:
        """Name a row in headings."""
        return str(row)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Put the row's title into the headings."""
        row = more.get("obj")
        if row is not None:
            title = self.title_of(row)
            if self.personal_data:
                viewed(request, row, project=_end_of(row, self.project_path), title=title)
            context |= {"title": title, "subtitle": None, "original": Titled(row, title)}
        response: HttpResponseBase = super().render_change_form(request, context, **more)
        return response

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        """Refuse: nothing is changed here, so there is no history of changes."""
        raise PermissionDenied

    @admin.display(description=_("Created (UTC)"), ordering="id")
    def created(self, row: Any) -> SafeString | str:
        """Write when the row was made."""
        return when(row.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: rows are made by services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: rows are changed by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: history stays."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Show every named field as text, computed ones too."""
        return list(self.fields or ())


def _end_of(row: Model, path: str | None) -> Any:
    """Follow a path of foreign keys, such as `payment__project`, to its end; nothing where it breaks off."""
    found: Any = row
    for name in (path or "").split("__"):
        found = getattr(found, name, None) if name else None
    return found
