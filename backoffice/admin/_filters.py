"""Filters that ask small tables or partial indexes, never every payment."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import scoped
from backoffice.display import label
from backoffice.status import BUSINESS_STATES
from payments.domain.attempt import AttemptState
from payments.models import Attempt, ProviderAccount
from payments.selectors.explain import provider_name


class BusinessStateFilter(admin.SimpleListFilter):
    """By what the payment has come to."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the business states."""
        return [(str(number), str(look.label)) for number, look in BUSINESS_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the state."""
        value = self.value()
        return queryset.filter(business_state=int(value)) if value in dict(self.lookups(request, None)) else queryset


class InDoubtFilter(admin.SimpleListFilter):
    """By whether an outcome is unknown."""

    title = gettext_lazy("in doubt")
    parameter_name = "doubt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the doubtful ones."""
        return [("yes", _("In doubt"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those with an attempt of unknown outcome."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Attempt.objects.filter(state=AttemptState.UNKNOWN).values("payment_id"))


class ProviderFilter(admin.SimpleListFilter):
    """By provider, of those that have an account."""

    title = gettext_lazy("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the providers of the accounts."""
        accounts = scoped(ProviderAccount.objects.order_by("provider"), request.user, "project")
        codes = accounts.values_list("provider", flat=True).distinct()
        return [(code, provider_name(code)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the provider's."""
        return queryset.filter(provider=self.value()) if self.value() else queryset


class MethodFilter(admin.SimpleListFilter):
    """By method, of those that an account offers."""

    title = gettext_lazy("method")
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the methods of the accounts."""
        offered = scoped(ProviderAccount.objects.all(), request.user, "project").values_list("methods", flat=True)
        return [(code, label(code)) for code in sorted({code for methods in offered for code in methods})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the method's."""
        return queryset.filter(method=self.value()) if self.value() else queryset
