"""Issuer profiles: the company data of each project, changed through a service that checks and audits it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from invoices.models import IssuerProfile
from invoices.services import profile as service
from invoices.services.logo import LARGEST, check_logo
from paymenthub.kernel.errors import InvalidField

from ._scope import Scoped

_FIELDS = (
    "when",
    "company",
    "street",
    "postal_code",
    "city",
    "state",
    "country",
    "vat_id",
    "tax_number",
    "email",
    "telephone",
    "iban",
    "bic",
    "footer",
    "language",
    "prices_include_tax",
    "default_vat_rate",
    "number_template",
    "invoice_series",
    "credit_note_series",
)


class IssuerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A profile with its logo; says at the field what is wrong."""

    logo_file = forms.FileField(
        required=False,
        label=gettext_lazy("New logo"),
        help_text=format_lazy(gettext_lazy("PNG or SVG, at most {size} KB."), size=LARGEST // 1024),
        widget=UnfoldAdminFileFieldWidget,
    )
    without_logo = forms.BooleanField(required=False, label=gettext_lazy("Take the logo away"))

    class Meta:
        model = IssuerProfile
        fields = ("project", *_FIELDS)

    def clean_logo_file(self) -> bytes | None:
        """Check the picture before it is read whole."""
        upload = self.cleaned_data["logo_file"]
        if upload is None or isinstance(upload, bytes):
            return None
        if upload.size > LARGEST:
            raise forms.ValidationError(_("At most %(size)s KB.") % {"size": LARGEST // 1024})
        data: bytes = upload.read()
        try:
            check_logo(data)
        except InvalidField as error:
            raise forms.ValidationError(error.message) from None
        return data

    def clean_default_vat_rate(self) -> Decimal | None:
        """Keep it a percentage."""
        rate: Decimal | None = self.cleaned_data["default_vat_rate"]
        if rate is not None and not 0 <= rate <= 100:
            raise forms.ValidationError(_("A percentage from 0 to 100."))
        return rate

    def _post_clean(self) -> None:
        """Check the whole profile as the service does, and put what is wrong at its field."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            service.check(self.instance)
        except InvalidField as error:
            name = {"numberTemplate": "number_template", "series": "invoice_series"}.get(error.param or "", error.param)
            self.add_error(name if name in self.fields else None, error.message)


@admin.register(IssuerProfile)
class IssuerProfileAdmin(Scoped):
    """Issuer profiles. What was issued keeps what stood on it; what was held is looked at again after a change."""

    form = IssuerForm
    list_display = ("company", "project", "when", "vat_id", "number_template")
    list_select_related = ("project",)
    fieldsets = (
        (
            gettext_lazy("Invoicing"),
            {"fields": ("project", "when", "language", "prices_include_tax", "default_vat_rate")},
        ),
        (gettext_lazy("Company"), {"fields": ("company", ("street", "postal_code"), ("city", "state", "country"))}),
        (gettext_lazy("Tax and bank"), {"fields": (("vat_id", "tax_number"), ("iban", "bic"))}),
        (gettext_lazy("On the paper"), {"fields": ("email", "telephone", "footer", "logo_file", "without_logo")}),
        (gettext_lazy("Numbers"), {"fields": ("number_template", "invoice_series", "credit_note_series")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a profile with its project."""
        return ("project",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: `when` never ends the issuing, and credit notes still need the profile."""
        return False

    def save_model(self, request: HttpRequest, obj: IssuerProfile, form: Any, change: bool) -> None:
        """Change it through the service, which writes the audit row."""
        saved = service.save_profile(
            project=obj.project,
            values={name: getattr(obj, name) for name in _FIELDS},
            actor=f"user:{request.user.pk}",
            logo=form.cleaned_data.get("logo_file") or None,
            without_logo=bool(form.cleaned_data.get("without_logo")),
            address=request.META.get("REMOTE_ADDR") or None,
        )
        obj.pk = saved.pk
