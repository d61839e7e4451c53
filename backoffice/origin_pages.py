"""The page by which staff say which web pages may use a project's browser keys."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from backoffice.access import visible_projects
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.services.browser_origins import set_browser_origins
from payments.services.install_machine import By

from .links import page_of

_EFFECT = (
    "Pages of these origins may call /pgm-bff with a key of the scope checkout: for one payment, by its client token.",
    "Without any, no page may. Servers need no entry.",
)


class BrowserOriginsForm(forms.Form):
    """One origin a line, and why."""

    origins = forms.CharField(
        required=False,
        max_length=20_000,
        help_text="One a line, as browsers name it: https://shop.example, without path.",
        widget=UnfoldAdminTextareaWidget,
    )
    reason = forms.CharField(max_length=255, help_text="For the audit trail.", widget=UnfoldAdminTextInputWidget)


def edit(request: HttpRequest, project_id: Any) -> HttpResponse:
    """Show the list, and change it."""
    project = get_object_or_404(visible_projects(request.user), pk=project_id)
    initial = {"origins": "\n".join(project.browser_origins)}
    form = BrowserOriginsForm(request.POST) if request.method == "POST" else BrowserOriginsForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        by = By(request.user.get_username(), form.cleaned_data["reason"], address_of(request))
        try:
            set_browser_origins(project=project, listed=form.cleaned_data["origins"].split(), by=by)
        except HubError as error:
            form.add_error("origins", error.message)
        else:
            messages.success(request, f"Pages of the new list may use the browser keys of {project}.")
            return HttpResponseRedirect(page_of(project))
    context = {
        **admin.site.each_context(request),
        "title": f"Web pages · {project}",
        "back": page_of(project),
        "button": "Save the list",
        "effect": _EFFECT,
        "form": form,
    }
    return render(request, "backoffice/machine_install.html", context)
