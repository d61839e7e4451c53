"""The filters of the operators' queue. Without any, it shows what is open."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.queue.kinds import PRIORITY_WORDS, Priority, kinds_of
from paymenthub.kernel import clock

_AGES = {
    "hour": (dt.timedelta(hours=1), _("More than an hour")),
    "day": (dt.timedelta(days=1), _("More than a day")),
    "week": (dt.timedelta(days=7), _("More than a week")),
}


class StandingFilter(admin.SimpleListFilter):
    """By whether an item is resolved; those that are open where nothing is chosen."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the resolved ones and all."""
        return [("resolved", _("Resolved")), ("all", _("Open and resolved"))]

    def choices(self, changelist: ChangeList) -> Any:
        """Name what is shown without a choice."""
        for index, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("Open")} if index == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep them."""
        if self.value() == "all":
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() != "resolved")


class PriorityFilter(admin.SimpleListFilter):
    """By how urgent an item is."""

    title = _("priority")
    parameter_name = "priority"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the priorities."""
        return [(str(one.value), PRIORITY_WORDS[one]) for one in Priority]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the priority."""
        if self.value() not in {str(one.value) for one in Priority}:
            return queryset
        return queryset.filter(kind__in=kinds_of(Priority(int(str(self.value())))))


class TakenFilter(admin.SimpleListFilter):
    """By who is on it."""

    title = _("who is on it")
    parameter_name = "taken"

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self._me = request.user.get_username()
        super().__init__(request, *args, **kwargs)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the person, nobody, and everybody else."""
        return [("me", _("I am on it")), ("nobody", _("Nobody yet")), ("others", _("Somebody else"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep them."""
        match self.value():
            case "me":
                return queryset.filter(taken_by=self._me)
            case "nobody":
                return queryset.filter(taken_by="")
            case "others":
                return queryset.exclude(taken_by__in=("", self._me))
        return queryset


class AgeFilter(admin.SimpleListFilter):
    """By for how long an item waits."""

    title = _("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the ages."""
        return [(name, words) for name, (_age, words) in _AGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is older."""
        age = _AGES.get(str(self.value()))
        return queryset if age is None else queryset.filter(created_at__lt=clock.now() - age[0])
