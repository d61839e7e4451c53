"""Django's change list, which refuses an address that it does not understand instead of showing every row."""

from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest


class StrictChangeList(ChangeList):
    """Refuse what is no text, and a value that a filter does not offer.

    Django would leave either out, and a bulk action or an export would take more rows than were meant.
    """

    def __init__(self, request: HttpRequest, *args: Any, **more: Any) -> None:
        if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise IncorrectLookupParameters("This is no text.")
        super().__init__(request, *args, **more)

    def get_filters(self, request: HttpRequest) -> Any:
        """Read the filters. Raises IncorrectLookupParameters for a value that one does not offer."""
        read = super().get_filters(request)
        offered = {one.parameter_name: one for one in read[0] if isinstance(one, SimpleListFilter)}
        for kind in self.list_filter:
            name = str(kind.parameter_name) if isinstance(kind, type) and issubclass(kind, SimpleListFilter) else ""
            if name and request.GET.get(name):
                one = offered.get(name)
                if one is None or str(one.value()) not in {str(value) for value, _words in one.lookup_choices}:
                    raise IncorrectLookupParameters(f"There is no such {name}.")
        return read


class AnySearch(forms.Form):
    """Takes whatever was typed in, for a list that reads its address itself."""

    q = forms.Field(required=False)
