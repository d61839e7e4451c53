"""The pages that make, rotate and revoke API keys. A key is on the answer that made it, and nowhere else."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.access import visible_projects
from backoffice.links import page_of
from paymenthub.kernel.errors import HubError
from payments.models import ApiKey, Mode, Project, Scope
from payments.services.api_keys import KeyGiven, make_key, revoke_key, rotate_key

from .page import Page, Secret, ask, by_of, explain, show_once
from .parts import ChangeForm, MakingForm, check_live, live_field, overlap_field

_SCOPES = [
    (Scope.PAYMENTS, gettext_lazy("payments: pay, authorise, capture, cancel, refund and read")),
    (Scope.READ, gettext_lazy("read: look, change nothing")),
    (Scope.CHECKOUT, gettext_lazy("checkout: a browser key, for one payment at a time by its client token")),
    (Scope.BACKOFFICE, gettext_lazy("backoffice: refund, expire, mail and bulk work for a backoffice")),
    (Scope.SAGA_DRIVE, gettext_lazy("saga:drive: an outside flow manager drives sagas")),
]


def _expiry_field() -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("Last day (UTC)"),
        required=False,
        help_text=gettext_lazy("Such as 2027-12-31. Empty: it does not expire."),
        widget=UnfoldAdminSingleDateWidget,
    )


class KeyForm(MakingForm):
    """A key to be made."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=gettext_lazy("Project"), widget=UnfoldAdminSelectWidget
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Mode"), choices=Mode.choices, initial=Mode.TEST, widget=UnfoldAdminRadioSelectWidget
    )
    live_sure = live_field()
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=_SCOPES,
        initial=[Scope.PAYMENTS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("As few as its user needs. A browser key has the scope checkout and nothing else."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("Who uses it, such as: shop server."),
        widget=UnfoldAdminTextInputWidget,
    )
    last_day = _expiry_field()
    field_order = ["project", "mode", "live_sure", "name", "scopes", "last_day", "reason"]

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = visible_projects(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the box of real money, and keep browser keys apart from servers' keys."""
        data: dict[str, Any] = super().clean() or {}
        check_live(self, data.get("mode", ""))
        scopes = data.get("scopes", [])
        if Scope.CHECKOUT in scopes and len(scopes) > 1:
            self.add_error(
                "scopes", _("Everybody can read a browser key: give it the scope checkout and nothing else.")
            )
        return data


class RotateKeyForm(MakingForm):
    """For how long the old key goes on, and when the new one ends."""

    overlap = overlap_field(
        gettext_lazy("The old key goes on for"),
        gettext_lazy("Put the new key into its place meanwhile. An earlier end of its own stays."),
    )
    last_day = _expiry_field()
    field_order = ["overlap", "last_day", "reason"]


def new_key(request: HttpRequest, back: str) -> HttpResponse:
    """Make a key, and show it once."""
    given = request.GET.get("project", "")
    form = KeyForm(request.user, request.POST if request.method == "POST" else None, initial={"project": given})
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = make_key(
                project=data["project"],
                given=KeyGiven(
                    id=data["fresh"],
                    mode=data["mode"],
                    scopes=data["scopes"],
                    name=data["name"].strip(),
                    expires_at=_end_of(data["last_day"]),
                ),
                by=by_of(request, form),
            )
        except HubError as error:
            explain(form, error, {"scope": "scopes", "expires": "last_day"})
        else:
            return _shown(request, made.key, made.secret, _("The key was made."))
    return ask(request, Page(_("New API key"), back, _("Make it")), form)


def rotate(request: HttpRequest, row: ApiKey) -> HttpResponse:
    """Make a key that may do the same, show it once, and let the old one run out."""
    form = RotateKeyForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = rotate_key(
                key=row,
                new_id=data["fresh"],
                overlap=data["overlap"],
                expires_at=_end_of(data["last_day"]),
                by=by_of(request, form),
                seen=data["seen"],
            )
        except HubError as error:
            explain(form, error, {"expires": "last_day"})
        else:
            return _shown(
                request, made.key, made.secret, _("A new key takes the place of %(old)s….") % {"old": row.shown}
            )
    effect = (
        _("A new key of the same project, mode and scopes is made and shown once."),
        _("The old one works until the time chosen below, and is refused from then on."),
    )
    title = _("Rotate the key · %(name)s") % {"name": row.name}
    return ask(request, Page(title, page_of(row), _("Rotate it"), effect, row.mode), form)


def revoke(request: HttpRequest, row: ApiKey) -> HttpResponse:
    """End a key now."""
    form = ChangeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        revoke_key(key=row, by=by_of(request, form))
        messages.success(request, _("The key was revoked."))
        return HttpResponseRedirect(page_of(row))
    effect = (
        _("Whoever uses %(begins)s… is refused, here at once and everywhere within %(seconds)s s.")
        % {"begins": row.shown, "seconds": f"{settings.API_KEY_CACHE_SECONDS:g}"},
        _("What was begun with it goes on. It cannot be undone: make a new key instead."),
        _("It was used last: %(when)s.")
        % {"when": f"{row.last_used_at:%Y-%m-%d %H:%M} UTC" if row.last_used_at else _("never")},
    )
    title = _("Revoke the key · %(name)s") % {"name": row.name}
    return ask(request, Page(title, page_of(row), _("Revoke it now"), effect, row.mode, is_dangerous=True), form)


def _shown(request: HttpRequest, key: ApiKey, secret: str, lead: str) -> HttpResponse:
    return show_once(
        request,
        title=str(key.name),
        lead=lead,
        secrets=[Secret(_("API key (%(mode)s)") % {"mode": key.mode}, secret)],
        hints=[
            _("Send it as Authorization: Bearer, or in the header secret."),
            _("Only its hash is kept: who loses it makes another one."),
        ],
        back=page_of(key),
    )


def _end_of(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC) if day else None
