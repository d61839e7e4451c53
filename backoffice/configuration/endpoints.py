"""The pages that make and change webhook endpoints, replace their secrets and send them a test."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.access import visible_projects
from backoffice.links import page_of
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.redact import redact_url
from payments.domain.callback_types import CALLBACK_TYPES
from payments.models import Mode, Project, WebhookEndpoint
from payments.outbound.endpoints import EndpointGiven, change_endpoint, make_endpoint
from payments.outbound.rotate_secret import rotate_secret
from payments.outbound.sample_event import SAMPLE_TYPE, send_sample

from .merchants import RotateForm
from .page import Page, Secret, ask, by_of, explain, show_once
from .parts import ChangeForm, MakingForm


class _EndpointFields(forms.Form):
    """Where it is and what it wants."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("With https://. Private and internal addresses are refused, here and at each delivery."),
        widget=UnfoldAdminTextInputWidget({"inputmode": "url", "spellcheck": "false"}),
    )
    event_types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        required=False,
        choices=[(each, each) for each in CALLBACK_TYPES],
        help_text=gettext_lazy("None chosen: all of them, those to come too."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


class NewEndpointForm(MakingForm, _EndpointFields):
    """An endpoint to be made."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=gettext_lazy("Project"), widget=UnfoldAdminSelectWidget
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Mode"), choices=Mode.choices, initial=Mode.TEST, widget=UnfoldAdminRadioSelectWidget
    )
    field_order = ["project", "mode", "url", "event_types", "reason"]

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = visible_projects(user)  # type: ignore[attr-defined]


class EndpointForm(ChangeForm, _EndpointFields):
    """An endpoint that is there. An address that holds a secret is not shown again: left empty it stays."""

    enabled = forms.BooleanField(
        label=gettext_lazy("Enabled"),
        required=False,
        help_text=gettext_lazy("Off: nothing is sent to it. What happens meanwhile is not kept for it."),
        widget=UnfoldBooleanWidget,
    )
    field_order = ["url", "event_types", "enabled", "reason"]

    def __init__(self, *args: Any, row: WebhookEndpoint, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial = {"event_types": row.event_types, "enabled": row.enabled}
        field, shown = self.fields["url"], redact_url(row.url)
        if shown == row.url:
            self.initial["url"] = row.url
        else:
            field.required = False
            field.help_text = _("Empty: as it is, %(address)s; it holds a secret and is not shown.") % {
                "address": shown
            }


def new_endpoint(request: HttpRequest, back: str) -> HttpResponse:
    """Make an endpoint, and show its secret once."""
    project = request.GET.get("project", "")
    form = NewEndpointForm(
        request.user, request.POST if request.method == "POST" else None, initial={"project": project}
    )
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made, secret = make_endpoint(
                project=data["project"],
                mode=data["mode"],
                endpoint_id=data["fresh"],
                given=EndpointGiven(url=data["url"].strip(), event_types=data["event_types"]),
                by=by_of(request, form),
            )
        except HubError as error:
            explain(form, error)
        else:
            return _shown(request, made, secret, _("The endpoint was made."))
    return ask(request, Page(_("New webhook endpoint"), back, _("Make it")), form)


def edit_endpoint(request: HttpRequest, row: WebhookEndpoint) -> HttpResponse:
    """Change where an endpoint is, what it wants, or whether it is on."""
    form = EndpointForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        given = EndpointGiven(url=data["url"].strip() or None, event_types=data["event_types"], enabled=data["enabled"])
        try:
            change_endpoint(endpoint=row, given=given, by=by_of(request, form), seen=data["seen"])
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, _("The endpoint was changed."))
            return HttpResponseRedirect(page_of(row))
    effect = (_("It holds for events from now on; deliveries that wait keep their address."),)
    return ask(request, Page(_("Change the endpoint"), page_of(row), _("Save"), effect, row.mode), form)


def rotate_endpoint_secret(request: HttpRequest, row: WebhookEndpoint) -> HttpResponse:
    """Replace an endpoint's secret, and show the new one once."""
    form = RotateForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            secret = rotate_secret(owner=row, overlap=data["overlap"], by=by_of(request, form), seen=data["seen"])
        except HubError as error:
            explain(form, error)
        else:
            return _shown(request, row, secret, _("The endpoint has a new secret."))
    effect = (_("A new secret signs everything that is sent to this endpoint from now on, also what waits."),)
    page = Page(_("Replace the secret of the endpoint"), page_of(row), _("Replace it"), effect, row.mode)
    return ask(request, page, form)


def try_endpoint(request: HttpRequest, row: WebhookEndpoint) -> HttpResponse:
    """Send a test event, and show what came of it on the same page."""
    form, answer = ChangeForm(request.POST if request.method == "POST" else None), None
    if form.is_bound and form.is_valid():
        answer = send_sample(endpoint=row, by=by_of(request, form))
    effect = (
        _("One event of the type %(type)s is sent to %(address)s, signed as every other. It tells of no payment.")
        % {"type": SAMPLE_TYPE, "address": redact_url(row.url)},
        _("It is sent once and not tried again. It is written to the audit trail."),
    )
    result = None
    if answer is not None:
        told = _("The endpoint took it.") if answer.accepted else _("The endpoint did not take it.")
        said = _("Status %(status)s") % {"status": answer.status} if answer.status else answer.error
        more = answer.response if answer.status else ""
        result = {
            "is_good": answer.accepted,
            "told": told,
            "message": said,
            "elapsed_ms": answer.elapsed_ms,
            "body": more,
        }
    page = Page(_("Send a test event"), page_of(row), _("Send it now"), effect, row.mode)
    return ask(request, page, form, result=result)


def _shown(request: HttpRequest, endpoint: WebhookEndpoint, secret: str, lead: str) -> HttpResponse:
    return show_once(
        request,
        title=redact_url(endpoint.url),
        lead=lead,
        secrets=[Secret(_("Signing secret"), secret)],
        hints=[_("The receiver verifies the header webhook-signature with it: docs/callbacks.md.")],
        back=page_of(endpoint),
    )
