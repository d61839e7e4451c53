"""Bulk actions: the confirm page, the progress while one runs, and how each row ended. The page can be opened again."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import scoped
from backoffice.actions.result import reason_words
from backoffice.bulk import catalogue, progress
from backoffice.bulk.base import BulkKind
from backoffice.bulk.invoices import invoices_of
from backoffice.display import when
from backoffice.four_eyes import why_not_alone_at_once
from backoffice.links import page_of
from backoffice.models import ActionBatch, BatchState, RowState
from backoffice.requests import address_of
from backoffice.services.download_batch import downloaded
from backoffice.services.make_batch import DRAFT_HOURS
from backoffice.services.start_batch import Confirmed, start_batch, stop_batch, sums_of
from backoffice.tasks.batches import work_on_batch
from invoices.api.archive import zip_response
from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.tasks.nudge import nudge

from ._read_only import ReadOnlyAdmin

_TEMPLATE, _FRAGMENT = "backoffice/bulk/batch.html", "backoffice/bulk/_progress.html"
_LOOKS = {"done": "succeeded", "declined": "declined", "asked": "unknown", "stopped": "unknown", "expired": "unknown"}
_HEADINGS = {
    BatchState.RUNNING: gettext_lazy("Running"),
    BatchState.DONE: gettext_lazy("Finished"),
    BatchState.STOPPED: gettext_lazy("Stopped"),
    BatchState.ASKED: gettext_lazy("Waits for a second person"),
    BatchState.DECLINED: gettext_lazy("Declined: nothing was done"),
    BatchState.EXPIRED: gettext_lazy("Not approved in time: nothing was done"),
}


@admin.register(ActionBatch)
class ActionBatchAdmin(ReadOnlyAdmin):
    """Bulk actions. Everybody sees their own; those who may see them all, those of their projects."""

    list_display = ("when_made", "what", "standing", "owner", "project")
    list_filter = ("state", "kind")
    list_select_related = ("owner", "project")
    fields = ("kind",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow whoever may begin one, approve one, or see them all."""
        user = request.user
        return bool(user.is_active and user.is_staff) and (
            user.has_perm("backoffice.view_actionbatch")
            or user.has_perm("backoffice.approve_refund")
            or catalogue.any_for(user)
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the same."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep one's own, and those of one's projects for who may see others'."""
        rows = ActionBatch.objects.order_by("-pk")
        own = Q(owner__username=request.user.get_username())
        others = (
            request.user.has_perm("backoffice.view_actionbatch"),
            request.user.has_perm("backoffice.approve_refund"),
        )
        if not any(others):
            return rows.filter(own)
        seen = scoped(ActionBatch.objects.exclude(state=BatchState.DRAFT), request.user, "project")
        return rows.filter(own | Q(pk__in=seen.values("pk")))

    def get_urls(self) -> list[URLPattern]:
        """Add what is done from the page."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/change/", wrap(self.page), name="backoffice_actionbatch_change"),
            path("<uuid:pk>/start/", wrap(self.start), name="backoffice_actionbatch_start"),
            path("<uuid:pk>/stop/", wrap(self.stop), name="backoffice_actionbatch_stop"),
            path("<uuid:pk>/progress/", wrap(self.fragment), name="backoffice_actionbatch_progress"),
        ]
        return mine + list(super().get_urls())

    def page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the confirm page, or how it goes."""
        batch = self._seen(request, pk)
        if batch.state == BatchState.DRAFT:
            return self._confirm(request, batch, catalogue.KINDS[batch.kind].form())
        return render(request, _TEMPLATE, self._context(request, batch) | _standing(request, batch))

    def fragment(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the part that changes while it runs."""
        batch = self._seen(request, pk)
        mine = batch.owner.get_username() == request.user.get_username()
        return render(request, _FRAGMENT, {"batch": batch, "mine": mine} | _standing(request, batch))

    def start(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """Begin it. Sent twice, the second one shows the first one's."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self._seen(request, pk)
        kind = catalogue.KINDS[batch.kind]
        if batch.state != BatchState.DRAFT:
            messages.info(request, _("This form was sent before. Nothing was done a second time."))
            return HttpResponseRedirect(page_of(batch))
        form = kind.form(request.POST)
        if not form.is_valid():
            return self._confirm(request, batch, form)
        data = dict(form.cleaned_data)
        confirmed = Confirmed(data.pop("reason", ""), data.pop("note"), data, address_of(request))
        user = User.objects.get(username=request.user.get_username())
        try:
            if not kind.in_background:
                return self._download(batch, confirmed, user)
            batch = start_batch(batch, confirmed, user=user)
        except HubError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(page_of(batch))
        if batch.state == BatchState.RUNNING:
            nudge(work_on_batch, str(batch.pk))
        return HttpResponseRedirect(page_of(batch))

    def stop(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Stop one's own batch."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self._seen(request, pk)
        user = User.objects.get(username=request.user.get_username())
        if batch.owner_id != user.pk and not user.is_superuser:
            raise PermissionDenied
        if stop_batch(batch, by=user):
            messages.success(request, _("It is stopped. What was begun before is in the rows below."))
        return HttpResponseRedirect(page_of(batch))

    def _download(self, batch: ActionBatch, confirmed: Confirmed, user: User) -> HttpResponseBase:
        payment_ids = downloaded(batch, confirmed, user=user)
        return zip_response(invoices_of(payment_ids))

    def _seen(self, request: HttpRequest, pk: UUID) -> ActionBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("owner", "approved_by", "project")
        found: ActionBatch = get_object_or_404(rows, pk=pk)
        return found

    def _confirm(self, request: HttpRequest, batch: ActionBatch, form: Any) -> HttpResponse:
        kind = catalogue.KINDS[batch.kind]
        user = User.objects.get(username=request.user.get_username())
        too_old = batch.created_at < clock.now() - dt.timedelta(hours=DRAFT_HOURS)
        rows = list(progress.rows_of(batch, request.user))
        todo = [row for row in rows if row.state != RowState.LEFT_OUT]
        context = self._context(request, batch) | {
            "form": form,
            "draft": True,
            "effect": kind.effect(),
            "sums": progress.sums(batch, request.user),
            "possible": len(todo),
            "left_out": progress.left_out(batch, request.user),
            "over": why_not_alone_at_once(user, sums_of(batch)) if batch.kind == "refund" else "",
            "rows": progress.shown(batch, rows[: progress.SHOWN]),
            "more": max(0, len(rows) - progress.SHOWN),
            "too_old": too_old,
            "button": _button(kind, len(todo)),
        }
        return render(request, _TEMPLATE, context)

    def _context(self, request: HttpRequest, batch: ActionBatch) -> dict[str, Any]:
        kind = catalogue.KINDS[batch.kind]
        return {
            **self.admin_site.each_context(request),
            "title": kind.title,
            "batch": batch,
            "kind": kind,
            "mine": batch.owner.get_username() == request.user.get_username(),
        }

    @admin.display(description=gettext_lazy("Date (UTC)"), ordering="id")
    def when_made(self, batch: ActionBatch) -> SafeString | str:
        """Write when it was opened."""
        return when(batch.created_at)

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, batch: ActionBatch) -> str:
        """Write what it does."""
        return str(catalogue.KINDS[batch.kind].title)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, batch: ActionBatch) -> SafeString:
        """Draw the state."""
        look = _LOOKS.get(batch.state, "open")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, batch.get_state_display())


def _standing(request: HttpRequest, batch: ActionBatch) -> dict[str, Any]:
    rows = list(progress.rows_of(batch, request.user))
    page = Paginator(rows, progress.SHOWN).get_page(request.GET.get("page"))
    approval = getattr(batch, "approval", None)
    return {
        "heading": _HEADINGS[BatchState(batch.state)],
        "reason": reason_words(batch.reason),
        "progress": progress.progress(batch, rows),
        "sums": progress.sums(batch, request.user),
        "rows": progress.shown(batch, list(page.object_list)),
        "page": page,
        "approval": approval,
        "approval_url": page_of(approval) if approval is not None else "",
    }


def _button(kind: BulkKind, count: int) -> str:
    return f"{kind.verb} ({count})"
