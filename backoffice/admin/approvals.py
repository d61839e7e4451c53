"""Refunds that wait for a second person: what is asked for, how the payment stands now, and the decision."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import scoped
from backoffice.actions import tokens
from backoffice.actions.result import reason_words, result_context
from backoffice.approval_page import facts, standing, sums_shown
from backoffice.bulk.base import BulkForm
from backoffice.display import when
from backoffice.links import page_of
from backoffice.models import ApprovalState, RefundApproval
from backoffice.requests import address_of
from backoffice.services.decide_approval import PERMISSION, Deciding, approve, decline, why_not_approve, withdraw
from backoffice.tasks.batches import work_on_batch
from paymenthub.kernel.errors import HubError
from payments.models import AuditOutcome
from payments.services import audit
from payments.tasks.nudge import nudge

from ._read_only import ReadOnlyAdmin

_ACTION = "approve_refund"
_LOOKS = {"approved": "succeeded", "declined": "declined", "withdrawn": "unknown", "expired": "unknown"}


class ApprovalForm(BulkForm):
    """Why it is approved or declined."""


@admin.register(RefundApproval)
class RefundApprovalAdmin(ReadOnlyAdmin):
    """Approvals. Who may approve sees those of their projects; whoever asked for one sees that."""

    list_display = ("asked_at", "standing", "money", "about", "asked_by", "ends", "decided_by", "project")
    list_filter = ("state",)
    list_select_related = ("payment", "batch", "asked_by", "decided_by", "project")
    fields = ("state",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow whoever may approve, look, or ask."""
        names = (PERMISSION, "backoffice.view_refundapproval", "payments.refund_payment")
        return any(request.user.has_perm(name) for name in names)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the same."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep those of one's projects, for who may not see others' one's own; of several projects one's own at least."""
        user = request.user
        rows = RefundApproval.objects.order_by("-pk")
        own = Q(asked_by__username=user.get_username())
        mine = Q(pk__in=scoped(RefundApproval.objects.all(), user, "project").values("pk"))
        if not (user.has_perm(PERMISSION) or user.has_perm("backoffice.view_refundapproval")):
            return rows.filter(own & (mine | Q(project=None)))
        return rows.filter(mine | (own & Q(project=None)))

    def get_urls(self) -> list[URLPattern]:
        """Add the decision."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/change/", wrap(self.page), name="backoffice_refundapproval_change"),
            path("<uuid:pk>/decide/<slug:what>/", wrap(self.decide), name="backoffice_refundapproval_decide"),
        ]
        return mine + list(super().get_urls())

    def page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show what is asked for, and what would happen now."""
        return self._page(request, self._seen(request, pk), ApprovalForm())

    def decide(self, request: HttpRequest, pk: UUID, what: str) -> HttpResponse:
        """Approve, decline or withdraw; whoever comes second finds it decided."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        approval = self._seen(request, pk)
        if not approval.is_waiting:
            messages.info(request, _("It was decided before. Nothing was done a second time."))
            return HttpResponseRedirect(page_of(approval))
        user = User.objects.get(username=request.user.get_username())
        given = request.POST.get("token", "")
        token = tokens.read(given, user=str(user.pk), action=_ACTION, object_id=approval.pk)
        form = ApprovalForm(request.POST)
        if token is None:
            messages.warning(request, _("This page was too old. Nothing was done. Look once more."))
            return HttpResponseRedirect(page_of(approval))
        if not form.is_valid():
            return self._page(request, approval, form)
        deciding = Deciding(user, address_of(request), form.cleaned_data["note"])
        try:
            self._carry_out(request, approval, deciding, what, token.seen)
        except HubError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(page_of(approval))

    def _carry_out(
        self, request: HttpRequest, approval: RefundApproval, deciding: Deciding, what: str, seen: int | None
    ) -> None:
        if what == "approve":
            if why_not_approve(approval, deciding.user):
                raise PermissionDenied
            entry = approve(approval, deciding, seen=seen).entry
            if entry.outcome == AuditOutcome.REFUSED:
                messages.error(request, result_context(entry)["message"])
            elif approval.batch_id is not None:
                nudge(work_on_batch, str(approval.batch_id))
        elif what == "decline":
            decline(approval, deciding)
        elif what == "withdraw":
            withdraw(approval, deciding)
        else:
            raise PermissionDenied

    def _seen(self, request: HttpRequest, pk: UUID) -> RefundApproval:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "payment__project", "payment__provider_account", "batch", "asked_by", "decided_by", "project", "capture"
        )
        found: RefundApproval = get_object_or_404(rows, pk=pk)
        return found

    def _page(self, request: HttpRequest, approval: RefundApproval, form: ApprovalForm) -> HttpResponse:
        user = User.objects.get(username=request.user.get_username())
        payment = approval.payment
        token = tokens.Token(
            user=str(user.pk),
            action=_ACTION,
            object_id=approval.pk,
            number=1,
            seen=payment.refundable if payment is not None else None,
        )
        begun = audit.taken(approval.pk, 1)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Refund approval"),
            "approval": approval,
            "waiting": approval.is_waiting,
            "heading": standing(approval),
            "facts": facts(approval),
            "effect_url": _page_of_what(approval),
            "reason": reason_words(approval.reason),
            "mine": approval.asked_by_id == user.pk,
            "why_not": why_not_approve(approval, user),
            "why_not_decline": why_not_approve(approval, user, any_amount=True),
            "result": result_context(begun) if begun is not None and payment is not None else None,
            "form": form,
            "token": token.signed(),
            "list_url": reverse("admin:backoffice_refundapproval_changelist"),
        }
        return render(request, "backoffice/approvals/approval.html", context)

    @admin.display(description=gettext_lazy("Asked (UTC)"), ordering="id")
    def asked_at(self, approval: RefundApproval) -> SafeString | str:
        """Write when it was asked for."""
        return when(approval.created_at)

    @admin.display(description=gettext_lazy("Ends (UTC)"), ordering="expires_at")
    def ends(self, approval: RefundApproval) -> SafeString | str:
        """Write until when it can be approved."""
        return when(approval.expires_at) if approval.state == ApprovalState.WAITING else "—"

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, approval: RefundApproval) -> SafeString:
        """Draw the state."""
        look = _LOOKS.get(approval.state, "open")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, standing(approval))

    @admin.display(description=gettext_lazy("Amount"))
    def money(self, approval: RefundApproval) -> str:
        """Write how much."""
        return sums_shown(approval)

    @admin.display(description=gettext_lazy("About"))
    def about(self, approval: RefundApproval) -> str:
        """Name the payment or the batch."""
        return approval.payment.shop_transaction_id if approval.payment is not None else _("Several payments")


def _page_of_what(approval: RefundApproval) -> str:
    about = approval.payment or approval.batch
    assert about is not None, "it is about a payment or a batch"  # noqa: S101 - by constraint
    return page_of(about)
