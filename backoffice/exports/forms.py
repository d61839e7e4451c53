"""The form of an export: which columns, which format."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from .columns import Kind
from .formats import Format
from .lists import ExportList


class ExportForm(forms.Form):
    """Columns are those of the list; the usual ones are ticked."""

    format = forms.ChoiceField(label=_("Format"), choices=Format.choices, widget=UnfoldAdminSelectWidget)
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column.")},
    )
    bom = forms.BooleanField(
        label=_("With a byte order mark (CSV for Excel on Windows)"),
        required=False,
    )
    decimal_comma = forms.BooleanField(label=_("Decimal comma (CSV for Excel in Italian or German)"), required=False)

    def __init__(self, found: ExportList, *args: Any, **more: Any) -> None:
        more["initial"] = {
            "format": Format.CSV.value,
            "columns": [column.key for column in found.columns if column.chosen],
        }
        super().__init__(*args, **more)
        field = self.fields["columns"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            (
                column.key,
                _("%(label)s, minor units") % {"label": column.label}
                if column.kind is Kind.NUMBER and column.key.endswith("_minor")
                else column.label,
            )
            for column in found.columns
        ]
