"""The pages that make and change principals and projects, and switch them on and off."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.links import page_of
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.redact import redact_url
from payments.models import Principal, Project, Standing
from payments.outbound.rotate_secret import rotate_secret
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret
from payments.services.principals import change_principal, make_principal
from payments.services.projects import ProjectGiven, change_project, make_project

from .page import Page, Secret, ask, by_of, explain, show_once
from .parts import ChangeForm, overlap_field

_LONGEST_NAME = 64


def _name_field() -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Name"), max_length=_LONGEST_NAME, widget=UnfoldAdminTextInputWidget)


class PrincipalForm(ChangeForm):
    """A principal's name."""

    name = _name_field()
    field_order = ["name", "reason"]


class ProjectForm(ChangeForm):
    """A project. An address that holds a secret is not shown again: left empty it stays."""

    principal = forms.ModelChoiceField(
        Principal.objects.none(), label=gettext_lazy("Principal"), widget=UnfoldAdminSelectWidget
    )
    name = _name_field()
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[],
        initial="UTC",
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("In which the days of its reports, mails and renewals begin."),
    )
    callback_url = forms.CharField(
        label=gettext_lazy("Callback address"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget({"inputmode": "url", "spellcheck": "false"}),
    )
    no_callback_url = forms.BooleanField(
        label=gettext_lazy("No address of its own: the hub's (PAYMENT_CALLBACK_URL)"),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    field_order = ["principal", "name", "timezone", "callback_url", "no_callback_url", "reason"]

    def __init__(self, *args: Any, row: Project | None = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["timezone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        field = self.fields["callback_url"]
        if row is None:
            self.fields["principal"].queryset = Principal.objects.order_by("name")  # type: ignore[attr-defined]
            del self.fields["no_callback_url"]
            field.help_text = _("Where outcomes are posted. Empty: the hub's own (PAYMENT_CALLBACK_URL).")
            return
        del self.fields["principal"]
        self.initial = {"name": row.name, "timezone": row.timezone}
        shown = redact_url(row.callback_url) if row.callback_url else ""
        if shown == row.callback_url:
            self.initial["callback_url"] = row.callback_url
        else:
            field.help_text = _("Empty: as it is, %(address)s; it holds a secret and is not shown.") % {
                "address": shown
            }

    def given(self, *, standing: str) -> ProjectGiven:
        """Return what was typed in."""
        data = self.cleaned_data
        url: str | None = data["callback_url"].strip() or None
        if data.get("no_callback_url"):
            url = ""
        return ProjectGiven(name=data["name"].strip(), timezone=data["timezone"], callback_url=url, standing=standing)


class StandingForm(ChangeForm):
    """Whether a principal or a project may act; deleting one asks for its name."""

    standing = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        choices=[
            (Standing.ACTIVE, gettext_lazy("Active: its keys work")),
            (Standing.INACTIVE, gettext_lazy("Inactive: its keys are refused; it may come back")),
            (Standing.DELETED, gettext_lazy("Deleted: as inactive, and marked as gone; its history stays")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    typed = forms.CharField(
        label=gettext_lazy("Its name, to delete it"),
        required=False,
        max_length=_LONGEST_NAME,
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ["standing", "typed", "reason"]

    def __init__(self, *args: Any, row: Principal | Project, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self._name = row.name
        self.initial = {"standing": row.standing}

    def clean(self) -> dict[str, Any]:
        """Ask for the name."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("standing") == Standing.DELETED and data.get("typed", "").strip() != self._name:
            self.add_error("typed", _("Type %(name)s to delete it.") % {"name": self._name})
        return data


class RotateForm(ChangeForm):
    """For how long the secret before is signed with too."""

    overlap = overlap_field(
        gettext_lazy("The old secret goes on"),
        gettext_lazy("So long each callback carries both signatures. Give the new secret to the receiver meanwhile."),
    )
    field_order = ["overlap", "reason"]


def new_principal(request: HttpRequest, back: str) -> HttpResponse:
    """Make a principal."""
    form = PrincipalForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = make_principal(name=form.cleaned_data["name"].strip(), by=by_of(request, form))
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, _("The principal was made. Next: a project of it."))
            return HttpResponseRedirect(page_of(made))
    return ask(request, Page(_("New principal"), back, _("Make it")), form)


def edit_principal(request: HttpRequest, row: Principal) -> HttpResponse:
    """Rename a principal."""
    form = PrincipalForm(request.POST if request.method == "POST" else None, row=row, initial={"name": row.name})
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            change_principal(
                principal=row,
                name=data["name"].strip(),
                standing=row.standing,
                by=by_of(request, form),
                seen=data["seen"],
            )
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, _("The principal was changed."))
            return HttpResponseRedirect(page_of(row))
    return ask(request, Page(str(row), page_of(row), _("Save")), form)


def principal_standing(request: HttpRequest, row: Principal) -> HttpResponse:
    """Switch a principal on or off."""
    form = StandingForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            change_principal(
                principal=row, name=row.name, standing=data["standing"], by=by_of(request, form), seen=data["seen"]
            )
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, _("The standing was changed."))
            return HttpResponseRedirect(page_of(row))
    effect = (_("It holds for every project of this principal."), *_effect_of_standing())
    return ask(
        request,
        Page(_("Standing · %(name)s") % {"name": row}, page_of(row), _("Save"), effect, is_dangerous=True),
        form,
    )


def new_project(request: HttpRequest, back: str) -> HttpResponse:
    """Make a project, and show its signing secret once."""
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        secret = new_secret()
        try:
            made = make_project(
                principal=form.cleaned_data["principal"],
                given=form.given(standing=Standing.ACTIVE),
                seal=lambda project: seal_secrets(project, [secret]),
                by=by_of(request, form),
            )
        except HubError as error:
            explain(form, error, {"callbackUrl": "callback_url"})
        else:
            return show_once(
                request,
                title=str(made),
                lead=_("The project was made."),
                secrets=[Secret(_("Signing secret of its callbacks"), secret)],
                hints=[
                    _("The order system verifies callbacks with it: docs/callbacks.md."),
                    _("Next: an API key, and an account at a provider."),
                ],
                back=page_of(made),
            )
    return ask(request, Page(_("New project"), back, _("Make it")), form)


def edit_project(request: HttpRequest, row: Project) -> HttpResponse:
    """Change a project's name, time zone and callback address."""
    form = ProjectForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        given = form.given(standing=row.standing)
        try:
            change_project(project=row, given=given, by=by_of(request, form), seen=form.cleaned_data["seen"])
        except HubError as error:
            explain(form, error, {"callbackUrl": "callback_url"})
        else:
            messages.success(request, _("The project was changed."))
            return HttpResponseRedirect(page_of(row))
    effect = (
        _("Events from now on go to the new callback address; deliveries that wait keep theirs."),
        _("Renewals and mails that are written from now on follow the new time zone."),
    )
    return ask(request, Page(_("Change · %(name)s") % {"name": row}, page_of(row), _("Save"), effect), form)


def project_standing(request: HttpRequest, row: Project) -> HttpResponse:
    """Switch a project on or off."""
    form = StandingForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        given = ProjectGiven(name=row.name, timezone=row.timezone, standing=data["standing"])
        try:
            change_project(project=row, given=given, by=by_of(request, form), seen=data["seen"])
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, _("The standing was changed."))
            return HttpResponseRedirect(page_of(row))
    title = _("Standing · %(name)s") % {"name": row}
    return ask(request, Page(title, page_of(row), _("Save"), _effect_of_standing(), is_dangerous=True), form)


def rotate_project_secret(request: HttpRequest, row: Project) -> HttpResponse:
    """Replace the secret that signs callbacks, and show the new one once."""
    form = RotateForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            secret = rotate_secret(owner=row, overlap=data["overlap"], by=by_of(request, form), seen=data["seen"])
        except HubError as error:
            explain(form, error)
        else:
            return show_once(
                request,
                title=str(row),
                lead=_("Callbacks are signed with a new secret from now on."),
                secrets=[Secret(_("Signing secret of its callbacks"), secret)],
                hints=[_("Endpoints have secrets of their own: these stay.")],
                back=page_of(row),
            )
    effect = (
        _("A new secret signs every callback to the project's and its payments' own addresses, also those that wait."),
    )
    return ask(
        request,
        Page(_("Replace the signing secret · %(name)s") % {"name": row}, page_of(row), _("Replace it"), effect),
        form,
    )


def _effect_of_standing() -> tuple[str, ...]:
    """Say what stops, and what does not."""
    return (
        _(
            "Inactive or deleted: API keys and browser keys are refused, here at once and everywhere within %(seconds)s s."
        )
        % {"seconds": f"{settings.API_KEY_CACHE_SECONDS:g}"},
        _("Commands for it from the message bus are not carried out."),
        _(
            "What runs goes on: notifications of providers are taken, what is in doubt is asked about, callbacks go out."
        ),
        _("Customers who have an open page or a payment link can still pay: expire or disable those themselves."),
        _("Subscriptions are still renewed: pause or cancel them first if they must not be."),
    )
