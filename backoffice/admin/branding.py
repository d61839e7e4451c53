"""How projects look to their customers."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from backoffice.access import visible_projects
from backoffice.branding_forms import BrandingForm
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.checkout.brand import stylesheet
from payments.checkout.branding_change import By, look_of, save_branding
from payments.checkout.sample import PAGES, sample_page
from payments.checkout.words import LANGUAGES
from payments.domain.contrast import is_colour
from payments.models import ProjectBranding
from payments.selectors.branding import BLOBS, branding_of, public_base

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_projectbranding"
_COLOURS = ("accent", "on_accent", "background", "text")


@admin.register(ProjectBranding)
class ProjectBrandingAdmin(ReadOnlyAdmin):
    """Every project with its look, and sample pages of it."""

    fields = ("project", "display_name", "host", "accent", "on_accent", "background", "text", "terms_url", "support")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of changing and of the sample."""
        wrap = self.admin_site.admin_view
        mine = [
            path("project/<uuid:project>/", wrap(self.edit), name="payments_projectbranding_edit"),
            path("project/<uuid:project>/sample/", wrap(self.sample), name="payments_projectbranding_sample"),
            path("look.css", wrap(self.colours), name="payments_projectbranding_colours"),
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """List the projects."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        projects = (
            visible_projects(request.user)
            .select_related("principal", "branding")
            .defer(*(f"branding__{blob}" for blob in BLOBS))
        )
        rows = [
            {
                "project": project,
                "look": branding_of(project),
                "base": public_base(project),
                "url": reverse("admin:payments_projectbranding_edit", args=[project.pk]),
            }
            for project in projects
        ]
        context = {**self.admin_site.each_context(request), "title": _("Checkout looks"), "rows": rows}
        return render(request, "backoffice/branding/list.html", context)

    def edit(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Show a project's look with sample pages, and change it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        owner = get_object_or_404(visible_projects(request.user).select_related("principal", "branding"), pk=project)
        may_edit = request.user.has_perm(_EDIT)
        if request.method == "POST" and not may_edit:
            raise PermissionDenied
        row = branding_of(owner) or ProjectBranding(project=owner)
        form = (
            BrandingForm(request.POST, request.FILES)
            if request.method == "POST"
            else BrandingForm(initial=BrandingForm.initial_of(row))
        )
        if request.method == "POST" and form.is_valid():
            by = By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
            try:
                save_branding(project=owner, change=form.change(), by=by)
            except HubError as error:
                form.add_error(error.param if error.param in form.fields else None, error.message)
            else:
                messages.success(request, _("The look was changed. The samples below show it."))
                return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Checkout look · %(project)s") % {"project": owner},
            "form": form if may_edit else None,
            "back": reverse("admin:payments_projectbranding_changelist"),
            "sample": reverse("admin:payments_projectbranding_sample", args=[owner.pk]),
            "pages": {code: _(title) for code, title in PAGES.items()},
            "languages": LANGUAGES,
        }
        return render(request, "backoffice/branding/edit.html", context)

    def sample(self, request: HttpRequest, project: UUID) -> HttpResponse:
        """Show a page with made-up contents in a project's look, for the frame of the page above.

        By POST: in the look that the form would make, which is not saved.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        owner = get_object_or_404(visible_projects(request.user).select_related("principal", "branding"), pk=project)
        asked = request.POST if request.method == "POST" else request.GET
        name, language = asked.get("page", ""), asked.get("lang", "")
        if request.method != "POST":
            return sample_page(request, owner, name, language)
        form = BrandingForm(request.POST)
        form.fields["note"].required = False
        if form.is_valid():
            try:
                look = look_of(owner, form.change())
            except HubError as error:
                form.add_error(error.param if error.param in form.fields else None, error.message)
            else:
                colours = {each: value for each in _COLOURS if (value := getattr(look, each))}
                css = f"{reverse('admin:payments_projectbranding_colours')}?{urlencode(colours)}" if colours else ""
                return sample_page(request, owner, name, language, look=look, css_url=css)
        return render(request, "backoffice/branding/wrong.html", {"form": form}, status=422)

    def colours(self, request: HttpRequest) -> HttpResponse:
        """Write the stylesheet of colours that are not saved, for the sample above."""
        given = {name: request.GET.get(name, "") for name in _COLOURS}
        if not self.has_view_permission(request) or any(each and not is_colour(each) for each in given.values()):
            raise PermissionDenied
        return HttpResponse(stylesheet(ProjectBranding(**given)), content_type="text/css; charset=utf-8")
