"""Limits of payment methods: every method of every provider account, and for whom it is."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from backoffice.access import scoped
from backoffice.checkout_forms import LimitForm, amount_lines
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.models import MethodLimit, ProviderAccount
from payments.services.checkout_rules import By
from payments.services.method_limits import set_limits

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_methodlimit"


@admin.register(MethodLimit)
class MethodLimitAdmin(ReadOnlyAdmin):
    """Every method with its limits."""

    project_path = "account__project"
    fields = ("account", "method", "amounts", "countries", "devices")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of changing."""
        wrap = self.admin_site.admin_view
        mine = [path("of/<uuid:account>/<str:method>/", wrap(self.edit), name="payments_methodlimit_edit")]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """List the methods."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        limits = {(row.account_id, row.method): row for row in self.get_queryset(request)}
        accounts = _accounts(request).order_by("project__principal__name", "project__name", "mode", "provider", "name")
        rows = [
            {
                "account": account,
                "method": method,
                "limit": limits.get((account.pk, method)),
                "amounts": amount_lines(limits[account.pk, method]) if (account.pk, method) in limits else [],
                "url": reverse("admin:payments_methodlimit_edit", args=[account.pk, method]),
            }
            for account in accounts
            for method in account.methods
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Method limits"),
            "rows": rows,
            "may_edit": request.user.has_perm(_EDIT),
        }
        return render(request, "backoffice/checkout/limits.html", context)

    def edit(self, request: HttpRequest, account: UUID, method: str) -> HttpResponse:
        """Change the limits of one method."""
        if not self.has_view_permission(request) or not request.user.has_perm(_EDIT):
            raise PermissionDenied
        owner = get_object_or_404(_accounts(request), pk=account)
        if method not in owner.methods:
            raise Http404
        back = reverse("admin:payments_methodlimit_changelist")
        row = MethodLimit.objects.filter(account=owner, method=method).first()
        form = LimitForm(request.POST) if request.method == "POST" else LimitForm(initial=LimitForm.initial_of(row))
        if request.method == "POST" and form.is_valid():
            by = By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
            try:
                set_limits(account=owner, method=method, given=form.given(), by=by)
            except HubError as error:
                form.add_error(error.param if error.param in form.fields else None, error.message)
            else:
                messages.success(request, _("The limits of %(method)s were changed.") % {"method": method})
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Limits · %(project)s: %(method)s") % {"project": owner, "method": method},
            "form": form,
            "back": back,
            "back_to": _("Back to the limits"),
            "button": _("Save"),
        }
        return render(request, "backoffice/checkout/form.html", context)


def _accounts(request: HttpRequest) -> QuerySet[ProviderAccount]:
    return scoped(ProviderAccount.objects.select_related("project__principal"), request.user, "project")
