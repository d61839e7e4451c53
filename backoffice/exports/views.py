"""The pages of exports: ask for one, watch it, take it, cancel it."""

from contextlib import ExitStack

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.models import ExportJob, ExportState
from backoffice.requests import address_of
from backoffice.services import export_audit
from backoffice.services.cancel_export import cancel_export
from backoffice.services.order_export import order_export
from backoffice.tasks.exports import export_rows
from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.tasks.nudge import nudge

from .forms import ExportForm
from .lists import LISTS, ExportList, UnreadableFilter, may_export
from .reading import TooManyAtOnce, count_up_to, snapshot
from .sending import Sending
from .storage import FAILURES, files
from .wish import Wish, covers, read_wish, wish_of


def ask(request: HttpRequest, list_name: str) -> HttpResponseBase:
    """Show what would be exported, and export it: at once where it is small enough, else by a worker."""
    found, user = _list(request, list_name), _user(request)
    query = request.META.get("QUERY_STRING", "")
    form = ExportForm(found, request.POST or None)
    most = settings.EXPORT_MAX_ROWS
    rows, problem, status = 0, "", 200
    try:
        rows = count_up_to(found.rows(user, request.GET), most)
    except UnreadableFilter as error:
        problem, status = str(error), 400
    if rows > most:
        problem = _(
            "These are more than %(most)s rows, the most of one export. Narrow the filter, by date for example, and export "
            "the parts."
        ) % {"most": f"{most:,}"}
    elif request.method == "POST" and form.is_valid() and not problem:
        try:
            return _export(request, user, _wish(found, query, form), rows)
        except TooManyAtOnce:
            problem, status = _("You have enough exports running already: wait until one of them is over."), 409
        except HubError as error:
            problem, status = error.message, error.status
    context = {
        **admin.site.each_context(request),
        "title": _("Export: %(list)s") % {"list": found.label},
        "form": form,
        "rows": rows,
        "rows_shown": f"{rows:,}",
        "most": most,
        "in_background": rows > settings.EXPORT_STREAM_ROWS,
        "problem": problem,
        "impossible": rows > most or status == 400,
        "back": _back(found, query),
        "mine": reverse("admin:backoffice_exportjob_changelist"),
    }
    return render(request, "backoffice/exports/ask.html", context, status=status)


def watch(request: HttpRequest, job: ExportJob) -> HttpResponse:
    """Show how far a job is; only that part where htmx asks."""
    context = {
        **admin.site.each_context(request),
        "title": _("Export: %(list)s") % {"list": LISTS[job.list].label},
        "job": job,
        "done": f"{job.rows_written:,}",
        "wanted": f"{job.rows_wanted:,}",
        "here": reverse("admin:backoffice_exportjob_change", args=[job.pk]),
        "download": reverse("admin:backoffice_exportjob_download", args=[job.pk]),
        "cancel": reverse("admin:backoffice_exportjob_cancel", args=[job.pk]),
        "back": _back(LISTS[job.list], job.query),
        "mine": reverse("admin:backoffice_exportjob_changelist"),
        "state": ExportState(job.state),
    }
    part = "HX-Request" in request.headers
    return render(request, f"backoffice/exports/{'_progress' if part else 'watch'}.html", context)


def download(request: HttpRequest, job: ExportJob) -> HttpResponseBase:
    """Send the file to who made it, if they may still see what is in it."""
    user, found = _user(request), LISTS[job.list]
    if not may_export(user, found) or not covers(user, job):
        raise PermissionDenied
    if job.state != ExportState.READY or job.expires_at is None or job.expires_at <= clock.now():
        raise Http404
    try:
        file = files().open(job.stored_name, "rb")
    except FAILURES:
        messages.error(request, _("The file cannot be read now. Try again later, or export once more."))
        return HttpResponseRedirect(reverse("admin:backoffice_exportjob_change", args=[job.pk]))
    export_audit.downloaded(job, address=address_of(request))
    look = wish_of(job).look
    response = FileResponse(file, as_attachment=True, filename=job.shown_name, content_type=look.media_type)
    return _private(response)


def cancel(request: HttpRequest, job: ExportJob) -> HttpResponse:
    """Cancel a job."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if cancel_export(job):
        messages.success(request, _("The export is cancelled."))
    else:
        messages.info(request, _("The export was over already."))
    return HttpResponseRedirect(reverse("admin:backoffice_exportjob_change", args=[job.pk]))


def _export(request: HttpRequest, user: User, wish: Wish, rows: int) -> HttpResponseBase:
    address = address_of(request)
    if rows > settings.EXPORT_STREAM_ROWS:
        job = order_export(user=user, wish=wish, rows=rows, address=address)
        nudge(export_rows, str(job.id))
        return HttpResponseRedirect(reverse("admin:backoffice_exportjob_change", args=[job.pk]))
    with ExitStack() as stack:
        view = stack.enter_context(snapshot())
        view.take_place(user.pk, settings.EXPORT_AT_ONCE)
        sending = Sending(view, user, wish, rows=rows, address=address, stack=stack.pop_all())
    response = StreamingHttpResponse(sending, content_type=wish.look.media_type)
    response["Content-Disposition"] = f'attachment; filename="{wish.shown_name(clock.now())}"'
    return _private(response)


def _list(request: HttpRequest, name: str) -> ExportList:
    found = LISTS.get(name)
    if found is None:
        raise Http404
    if not may_export(_user(request), found):
        raise PermissionDenied
    return found


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _wish(found: ExportList, query: str, form: ExportForm) -> Wish:
    asked = form.cleaned_data
    return read_wish(
        found.name, query, asked["columns"], asked["format"], bom=asked["bom"], decimal_comma=asked["decimal_comma"]
    )


def _back(found: ExportList, query: str) -> str:
    meta = found.model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response
