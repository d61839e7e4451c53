"""The first page: what waits for a person, and the way to every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from .dashboard.page import dashboard
from .waiting import waiting


def index_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the counts and the pages that this user may see."""
    groups = [
        {"title": group["title"], "pages": [item for item in group["items"] if item["has_permission"]]}
        for group in context["sidebar_navigation"]
    ]
    return {
        **context,
        **dashboard(request),
        "title": _("Overview"),
        "cards": waiting(request.user),
        "groups": [group for group in groups if group["pages"]],
    }
