"""Mail settings of projects."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from backoffice.access import visible_projects
from backoffice.mail_forms import ProfileForm
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.models import MailProfile
from payments.notifications import editing
from payments.notifications.profile import is_configured, profiles_of

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_mailprofile"


@admin.register(MailProfile)
class MailProfileAdmin(ReadOnlyAdmin):
    """Every project with what holds for it, its own or the hub's."""

    fields = ("project", "sender", "reply_to", "language", "customer_mails", "events_off", "staff_to", "sender_domains")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of changing."""
        wrap = self.admin_site.admin_view
        mine = [path("project/<uuid:project>/", wrap(self.edit), name="payments_mailprofile_edit")]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """List the projects."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        projects = list(visible_projects(request.user))
        profiles = profiles_of(project.pk for project in projects)
        rows = [
            {
                "project": project,
                "profile": profiles[project.pk],
                "url": reverse("admin:payments_mailprofile_edit", args=[project.pk]),
            }
            for project in projects
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail settings"),
            "rows": rows,
            "is_configured": is_configured(),
            "may_edit": request.user.has_perm(_EDIT),
        }
        return render(request, "backoffice/mails/profiles.html", context)

    def edit(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Change a project's mail settings."""
        if not self.has_view_permission(request) or not request.user.has_perm(_EDIT):
            raise PermissionDenied
        owner = get_object_or_404(visible_projects(request.user), pk=project)
        back = reverse("admin:payments_mailprofile_changelist")
        row = MailProfile.objects.filter(project=owner).first() or MailProfile(project=owner)
        form = (
            ProfileForm(request.POST) if request.method == "POST" else ProfileForm(initial=ProfileForm.initial_of(row))
        )
        if request.method == "POST" and form.is_valid():
            by = editing.By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
            try:
                editing.save_profile(project=owner, change=form.change(), by=by)
            except HubError as error:
                form.add_error(error.param if error.param in form.fields else None, error.message)
            else:
                messages.success(request, _("The mail settings were changed."))
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail settings · %(project)s") % {"project": owner},
            "form": form,
            "back": back,
        }
        return render(request, "backoffice/mails/profile.html", context)
