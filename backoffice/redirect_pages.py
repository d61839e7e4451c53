"""The page by which staff say where a project's customers may be sent back to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from backoffice.access import visible_projects
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.services.install_machine import By
from payments.services.redirect_hosts import set_redirect_hosts

from .links import page_of

_EFFECT = (
    "Customers are sent back to these hosts only, whoever asks for it.",
    "Without any: to whatever host a call with a server's key names, and to none that a browser names.",
    "Payments that are open keep the addresses they have.",
)


class RedirectHostsForm(forms.Form):
    """One host a line, and why."""

    hosts = forms.CharField(
        required=False,
        max_length=20_000,
        help_text="One a line: shop.example, shop.example:8443, or *.shop.example for every host below it.",
        widget=UnfoldAdminTextareaWidget,
    )
    reason = forms.CharField(max_length=255, help_text="For the audit trail.", widget=UnfoldAdminTextInputWidget)


def edit(request: HttpRequest, project_id: Any) -> HttpResponse:
    """Show the list, and change it."""
    project = get_object_or_404(visible_projects(request.user), pk=project_id)
    initial = {"hosts": "\n".join(project.redirect_hosts)}
    form = RedirectHostsForm(request.POST) if request.method == "POST" else RedirectHostsForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        by = By(request.user.get_username(), form.cleaned_data["reason"], address_of(request))
        try:
            set_redirect_hosts(project=project, hosts=form.cleaned_data["hosts"].split(), by=by)
        except HubError as error:
            form.add_error("hosts", error.message)
        else:
            messages.success(request, f"Customers of {project} are sent back to the hosts of the new list.")
            return HttpResponseRedirect(page_of(project))
    context = {
        **admin.site.each_context(request),
        "title": f"Hosts to be sent back to · {project}",
        "back": page_of(project),
        "button": "Save the list",
        "effect": _EFFECT,
        "form": form,
    }
    return render(request, "backoffice/machine_install.html", context)
