"""The rows of a big list: what unfold's `unfold_result_list` writes, without making headings and checkboxes anew for each row."""

from collections.abc import Callable, Iterator
from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_hidden_fields
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_field, display_for_value

from backoffice.lists.changelist import KeysetChangeList

register = template.Library()

_BOX = "action_checkbox"
_Writer = Callable[[Model, str], SafeString]


class _Marked:
    """Stands for a row of which one checkbox is drawn, as the pattern of all."""

    pk = "00-the-key-of-a-row-00"


@register.inclusion_tag("backoffice/lists/_rows.html")
def hub_rows(cl: KeysetChangeList) -> dict[str, Any]:
    """Write the page of a `ListAdmin`: nothing in it is edited in place, put in order by its headings, or has sections."""
    headers = list(result_headers(cl))
    writers = list(_writers(cl, [header["text"] for header in headers]))
    return {
        "cl": cl,
        "result_hidden_fields": list(result_hidden_fields(cl)),
        "result_headers": headers,
        "rows": [_row(cl, writers, row) for row in cl.result_list],
    }


def _row(cl: KeysetChangeList, writers: list[_Writer], row: Model) -> SafeString:
    address = add_preserved_filters(
        {"preserved_filters": cl.preserved_filters, "opts": cl.opts}, cl.url_for_result(row)
    )
    return format_html_join("", "{}", ((writer(row, address),) for writer in writers))


def _writers(cl: KeysetChangeList, labels: list[str]) -> Iterator[_Writer]:
    linked_before = False
    for name, label in zip(cl.list_display, labels, strict=True):
        links = name in (cl.list_display_links or ())
        tag = "th" if links and not linked_before else "td"
        linked_before = linked_before or links
        classes = CHECKBOX_CLASSES if name == _BOX else [f"field-{name}", *ROW_CLASSES]
        said = _("Select record") if name == _BOX else label
        begin = format_html('<{} class="{}" data-label="{}">', tag, " ".join(classes), said)
        yield _writer(begin, _value(cl, str(name)), format_html("</{}>", tag), links=links)


def _writer(begin: SafeString, value: Callable[[Model], Any], end: SafeString, *, links: bool) -> _Writer:
    link = " ".join(LINK_CLASSES)

    def write(row: Model, address: str) -> SafeString:
        said = value(row)
        shown = format_html('<a href="{}" class="{}">{}</a>', address, link, said) if links else said
        return format_html("{}{}{}", begin, shown, end)

    return write


def _value(cl: KeysetChangeList, name: str) -> Callable[[Model], Any]:
    """Return what reads a column: a method of the admin, which is looked up once, or else what Django finds."""
    if name == _BOX:
        box = cl.model_admin.action_checkbox(_Marked()).replace("{", "{{").replace("}", "}}").replace(_Marked.pk, "{}")
        return lambda row: format_html(box, row.pk)
    empty = cl.model_admin.get_empty_value_display()
    try:
        field = cl.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        method = getattr(cl.model_admin, name)
        return lambda row: display_for_value(method(row), empty, False)
    return lambda row: display_for_field(lookup_field(name, row, cl.model_admin)[2], field, empty)
