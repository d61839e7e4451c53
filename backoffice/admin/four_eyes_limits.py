"""From which amount on a project's refunds need two people, whoever asks."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.access import visible_projects
from backoffice.bulk.base import BulkForm
from backoffice.models import ProjectRefundLimit
from backoffice.requests import address_of
from backoffice.services.four_eyes_limit import By, set_four_eyes_limit
from paymenthub.kernel.money import Money, MoneyError, is_currency
from payments.models import Project
from payments.selectors.explain import amount

from ._read_only import ReadOnlyAdmin

_CHANGE = "backoffice.change_projectrefundlimit"


class LimitForm(BulkForm):
    """A limit of one project in one currency."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=gettext_lazy("Project"), widget=UnfoldAdminSelectWidget
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        help_text=gettext_lazy("Such as EUR."),
        widget=UnfoldAdminTextInputWidget,
    )
    amount = forms.CharField(
        label=gettext_lazy("One person alone refunds at most"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("Such as 250.00. Empty: this project sets no limit of its own."),
        widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"}),
    )
    field_order = ["project", "currency", "amount", "note"]

    def __init__(self, user: Any, data: Any = None) -> None:
        super().__init__(data)
        self.fields["project"].queryset = visible_projects(user)  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        """Take it in upper case."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(currency):
            raise forms.ValidationError(_("This is no currency code, such as EUR."))
        return currency

    def clean(self) -> dict[str, Any]:
        """Read the amount exactly, in the currency's own decimals."""
        data: dict[str, Any] = super().clean() or {}
        text, currency = str(data.get("amount") or "").strip(), data.get("currency")
        data["minor"] = None
        if text and currency:
            try:
                data["minor"] = Money.from_decimal(text, currency).amount
            except MoneyError as error:
                self.add_error("amount", str(error))
        return data


@admin.register(ProjectRefundLimit)
class ProjectRefundLimitAdmin(ReadOnlyAdmin):
    """Four-eyes limits."""

    list_display = ("project", "money")
    list_display_links = None
    list_select_related = ("project",)
    list_before_template = "backoffice/approvals/limits.html"
    fields = ("project", "money")

    def get_urls(self) -> list[URLPattern]:
        """Add the form."""
        mine = path("set/", self.admin_site.admin_view(self.set), name="backoffice_projectrefundlimit_set")
        return [mine, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Offer to set one above the list."""
        url = reverse("admin:backoffice_projectrefundlimit_set") if request.user.has_perm(_CHANGE) else ""
        shown: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "set_url": url})
        return shown

    def set(self, request: HttpRequest) -> HttpResponse:
        """Set or take away a limit."""
        if not request.user.has_perm(_CHANGE):
            raise PermissionDenied
        back = reverse("admin:backoffice_projectrefundlimit_changelist")
        form = LimitForm(request.user, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            by = By(request.user.get_username(), address_of(request), data["note"])
            set_four_eyes_limit(data["project"], data["currency"], data["minor"], by)
            messages.success(request, _("The limit is set."))
            return HttpResponseRedirect(back)
        context = {**self.admin_site.each_context(request), "title": _("Set a four-eyes limit"), "form": form}
        return render(request, "backoffice/links/form.html", context | {"back": back})

    @admin.display(description=gettext_lazy("One person alone refunds at most"))
    def money(self, limit: ProjectRefundLimit) -> str:
        """Write the limit."""
        return amount(limit.amount, limit.currency)
