"""Links between pages."""

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def page_of(row: Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link_to(row: Model | None, text: str = "") -> SafeString:
    """Link to a row's page; a dash for none."""
    if row is None:
        return format_html("{}", "—")
    return format_html('<a class="hub-link" href="{}">{}</a>', page_of(row), text or str(row))
