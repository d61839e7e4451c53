"""Mail templates: whose is used for which mail and language, editing with preview and test, and every version."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import visible_projects
from backoffice.display import block
from backoffice.mail_forms import TemplateForm
from backoffice.mails import frame
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.models import MailTemplate, Project
from payments.notifications import editing
from payments.notifications.events import EVENTS, LANGUAGES, MailEvent
from payments.notifications.sandbox import FILTERS
from payments.notifications.texts import Source, ours

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_mailtemplate"


@admin.register(MailTemplate)
class MailTemplateAdmin(ReadOnlyAdmin):
    """Templates of one project; the list shows whose is used, a row's page one version."""

    fields = (
        "project",
        "event",
        "language",
        "number",
        "subject",
        "html_source",
        "text_source",
        "author",
        "note",
        "created",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the page of editing."""
        wrap = self.admin_site.admin_view
        mine = [
            path("edit/<uuid:project>/<str:event>/<str:language>/", wrap(self.edit), name="payments_mailtemplate_edit")
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Show whose template each mail of a project uses."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        projects = list(visible_projects(request.user))
        chosen = next((row for row in projects if str(row.pk) == request.GET.get("project")), None)
        chosen = chosen or (projects[0] if projects else None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail templates"),
            "projects": projects,
            "chosen": chosen,
            "languages": LANGUAGES,
            "rows": _rows(chosen) if chosen else [],
        }
        return render(request, "backoffice/mails/templates.html", context)

    def edit(self, request: HttpRequest, project: UUID, event: str, language: str) -> HttpResponse:
        """Edit, preview, test and save a template."""
        if not self.has_view_permission(request) or not request.user.has_perm(_EDIT):
            raise PermissionDenied
        owner = get_object_or_404(visible_projects(request.user), pk=project)
        try:
            mail = editing.event_named(event)
        except HubError:
            raise Http404 from None
        if language not in LANGUAGES:
            raise Http404
        newest = _newest(owner, event, language)
        form = (
            TemplateForm(request.POST)
            if request.method == "POST"
            else TemplateForm(initial=_initial(newest, mail, language))
        )
        made = None
        if request.method == "POST" and form.is_valid():
            deed = request.POST.get("do", "preview")
            try:
                if self._do(request, deed, form, owner, mail, language):
                    return HttpResponseRedirect(request.path)
                made = editing.preview(project=owner, event=event, language=language, source=form.source())
            except HubError as error:
                form.add_error(None, error.message)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail %(event)s (%(language)s) · %(project)s")
            % {"event": event, "language": language, "project": owner},
            "project": owner,
            "variables": [(name, _(text)) for name, text in mail.variables.items()],
            "language": language,
            "form": form,
            "newest": newest,
            "is_own": newest is not None and bool(newest.html),
            "has_ours": event in EVENTS,
            "filters": ", ".join(FILTERS),
            "made": made,
            "frame": frame(made.html, title=_("Preview")) if made else "",
            "versions": MailTemplate.objects.filter(project=owner, event=event, language=language).order_by("-number")[
                :20
            ],
            "back": f"{reverse('admin:payments_mailtemplate_changelist')}?project={owner.pk}",
        }
        return render(request, "backoffice/mails/edit.html", context)

    def _do(
        self, request: HttpRequest, deed: str, form: TemplateForm, owner: Project, mail: MailEvent, language: str
    ) -> bool:
        """Save, go back to the hub's own, or send a test; tell whether the page is to be loaded anew."""
        by = editing.By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
        based_on = form.cleaned_data["based_on"]
        if deed in ("save", "ours"):
            if len(by.note) < 3:
                form.add_error("note", _("Say why, in three letters or more."))
                return False
            source = form.source() if deed == "save" else None
            row = editing.save_template(
                project=owner, event=mail.name, language=language, source=source, based_on=based_on, by=by
            )
            said = _("The hub's own is used from now on.")
            if source:
                said = _("Version %(number)s is used from now on.") % {"number": row.number}
            messages.success(request, said)
            return True
        if deed == "test":
            to = str(getattr(request.user, "email", ""))
            sent = editing.send_test(
                project=owner, event=mail.name, language=language, source=form.source(), to=to, by=by
            )
            messages.success(request, _("A test is on its way to %(people)s.") % {"people": sent.recipients_shown})
        return False

    @admin.display(description="HTML")
    def html_source(self, row: MailTemplate) -> str:
        """Show the source."""
        return block(row.html)

    @admin.display(description=gettext_lazy("Text"))
    def text_source(self, row: MailTemplate) -> str:
        """Show the source."""
        return block(row.text)


def _rows(project: Project) -> list[dict[str, Any]]:
    newest: dict[tuple[str, str], MailTemplate] = {}
    for row in MailTemplate.objects.filter(project=project).order_by("number"):
        newest[row.event, row.language] = row
    names = [*EVENTS, *sorted({event for event, _ in newest} - set(EVENTS))]
    return [
        {
            "event": name,
            "cells": [_cell(project, name, language, newest.get((name, language))) for language in LANGUAGES],
        }
        for name in names
    ]


def _cell(project: Project, name: str, language: str, row: MailTemplate | None) -> dict[str, Any]:
    return {
        "language": language,
        "number": row.number if row is not None and row.html else 0,
        "ours": name in EVENTS,
        "url": reverse("admin:payments_mailtemplate_edit", args=[project.pk, name, language]),
    }


def _newest(project: Project, event: str, language: str) -> MailTemplate | None:
    return MailTemplate.objects.filter(project=project, event=event, language=language).order_by("-number").first()


def _initial(newest: MailTemplate | None, mail: MailEvent, language: str) -> dict[str, Any]:
    if newest is not None and newest.html:
        source = Source(newest.subject, newest.html, newest.text)
    elif mail.name in EVENTS:
        source = ours(mail.name, language)
    else:
        source = Source(
            "{{ shop_name }}", "<h1>…</h1>\n<p>{{ greeting }}</p>\n{{ details }}", "{{ greeting }}\n\n{{ details }}"
        )
    return {
        "subject": source.subject,
        "html": source.html,
        "text": source.text,
        "based_on": newest.number if newest else 0,
    }
