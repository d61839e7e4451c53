"""The filter of the inbox that staff need first: what was not understood."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments.models import InboxState

_STATES = {
    "open": (InboxState.UNMATCHED, InboxState.GIVEN_UP),
    "conflict": (InboxState.CONFLICT,),
}


class InboxStandingFilter(admin.SimpleListFilter):
    """By what a person has to look at."""

    title = _("to look at")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer what was not matched, conflicts, and what could not be worked on."""
        return [("open", _("Not matched")), ("conflict", _("Two contents")), ("failed", _("Could not be read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep them."""
        if self.value() == "failed":
            waiting = (InboxState.NEW, InboxState.GIVEN_UP)
            return queryset.filter(state__in=waiting, error__startswith="it could not be worked on")
        states = _STATES.get(str(self.value()))
        return queryset.filter(state__in=states) if states else queryset
