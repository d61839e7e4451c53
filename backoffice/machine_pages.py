"""The pages by which staff give a project another machine: upload, a confirm page that says what changes, done."""

from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from backoffice.access import visible_projects
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.domain.machine_loading import MachineError
from payments.models import Project
from payments.selectors import machines
from payments.services.install_machine import By, check_machine, install_machine, use_machine

from .links import page_of
from .machine_change import changes
from .machine_forms import InstallForm, UseForm

_SALT = "backoffice.machine"
_MAX_AGE = 3600
_STALE = gettext_lazy(
    "This page was too old, was opened by somebody else, or the project has got another machine since. Nothing was "
    "done. Upload the file once more."
)


def install(request: HttpRequest) -> HttpResponse:
    """Take a file, show what it would change, and install it once that was confirmed."""
    if request.method == "POST" and "confirmed" in request.POST:
        return _confirmed(request)
    projects = visible_projects(request.user)
    form = InstallForm(projects, request.POST, request.FILES) if request.method == "POST" else InstallForm(projects)
    if request.method != "POST" or not form.is_valid() or form.checked is None:
        return _page(request, form=form, button=gettext("Check the file"))
    project = form.cleaned_data["project"]
    token = signing.dumps(
        {
            "user": str(request.user.pk),
            "project": str(project.pk),
            "seen": str(project.active_machine_id),
            "content": form.content.decode("utf-8"),
            "hub_channels": form.cleaned_data["hub_channels"],
            "reason": form.cleaned_data["reason"],
        },
        salt=_SALT,
        compress=True,
    )
    old = machines.active_for(project)
    return _page(
        request,
        token=token,
        button=gettext("Install it for %(name)s") % {"name": project.name},
        effect=[
            gettext("New payments of %(project)s start with this machine instead of %(name)s version %(version)s.")
            % {"project": project, "name": old.name, "version": old.version},
            gettext("Payments that run stay on the machine they started with."),
            *changes(old, form.checked.machine),
        ],
        notices=form.checked.notices,
        shown=[(gettext("Reason"), form.cleaned_data["reason"])],
    )


def _confirmed(request: HttpRequest) -> HttpResponse:
    try:
        told = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=_MAX_AGE)
        project = visible_projects(request.user).get(pk=told["project"])
        if told["user"] != str(request.user.pk) or told["seen"] != str(project.active_machine_id):
            raise signing.BadSignature
        checked = check_machine(told["content"].encode(), hub_channels=told["hub_channels"])
    except (signing.BadSignature, Project.DoesNotExist, MachineError):
        return _page(
            request,
            form=InstallForm(visible_projects(request.user)),
            button=gettext("Check the file"),
            notice=_STALE,
            status=409,
        )
    row, _ = install_machine(project=project, checked=checked, by=_by(request, told["reason"]))
    messages.success(
        request,
        gettext("%(row)s is installed. New payments of %(project)s start with it.") % {"row": row, "project": project},
    )
    return HttpResponseRedirect(page_of(row))


def use(request: HttpRequest, project_id: Any) -> HttpResponse:
    """Let a project's new payments start with another of its machines, or with the default."""
    project = get_object_or_404(visible_projects(request.user), pk=project_id)
    initial = {"machine": project.active_machine_id}
    form = UseForm(project, request.POST) if request.method == "POST" else UseForm(project, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            use_machine(
                project=project, machine=form.cleaned_data["machine"], by=_by(request, form.cleaned_data["reason"])
            )
        except HubError as error:
            form.add_error("machine", error.message)
        else:
            messages.success(
                request, gettext("New payments of %(project)s start with the chosen machine.") % {"project": project}
            )
            return HttpResponseRedirect(page_of(project))
    effect = [
        gettext("Chooses what new payments of %(project)s start with.") % {"project": project},
        gettext("Payments that run stay on theirs."),
    ]
    return _page(
        request,
        form=form,
        button=gettext("Choose"),
        effect=effect,
        title=gettext("Machine · %(project)s") % {"project": project},
        back=page_of(project),
    )


def _by(request: HttpRequest, reason: str) -> By:
    return By(actor=request.user.get_username(), reason=reason, address=address_of(request))


def _page(request: HttpRequest, *, button: str, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": gettext("Install a machine"),
        "back": reverse("admin:payments_machinedefinition_changelist"),
        "button": button,
        **more,
    }
    return render(request, "backoffice/machine_install.html", context, status=status)
