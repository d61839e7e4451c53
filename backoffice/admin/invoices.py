"""Invoices: what was issued, its file, and what is held."""

from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to
from backoffice.services.access_records import viewed
from invoices.api.binary import file_response
from invoices.models import Invoice, IssueJob, JobState
from invoices.services.by_hand import By, file_again, look_again
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.money import Money

from ._read_only import ReadOnlyAdmin

_MAY_ISSUE = "invoices.issue_invoice"


class _Retried(ReadOnlyAdmin):
    """A page with one action that is asked for with a reason."""

    change_form_template = "backoffice/item.html"
    verb: str | Promise = ""
    effect: str | Promise = ""

    def get_urls(self) -> list[URLPattern]:
        """Add the action."""
        name = f"invoices_{self.model._meta.model_name}_again"
        return [path("<uuid:pk>/again/", self.admin_site.admin_view(self.again), name=name), *super().get_urls()]

    def is_possible(self, row: Any) -> bool:
        """Whether it may be asked for now."""
        raise NotImplementedError(f"{type(self).__name__}.is_possible")

    def act(self, row: Any, by: By) -> None:
        """Do it."""
        raise NotImplementedError(f"{type(self).__name__}.act")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer the action."""
        row = more.get("obj")
        if row is not None and self.is_possible(row) and request.user.has_perm(_MAY_ISSUE):
            url = reverse(f"admin:invoices_{self.model._meta.model_name}_again", args=[row.pk])
            context["actions"] = [{"verb": self.verb, "icon": "refresh", "dangerous": False, "url": url}]
        return super().render_change_form(request, context, **more)

    def again(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for the reason, then do it."""
        if not self.has_view_permission(request) or not request.user.has_perm(_MAY_ISSUE):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        back = reverse(f"admin:invoices_{self.model._meta.model_name}_change", args=[pk])
        reason = request.POST.get("reason", "").strip()[:500]
        problem = _("Say why.") if request.method == "POST" and not reason else ""
        if request.method == "POST" and not problem:
            return self._done(request, row, reason, back)
        page = {**self.admin_site.each_context(request), "title": self.verb, "effect": self.effect, "back": back}
        return render(request, "backoffice/again.html", page | {"problem": problem}, status=400 if problem else 200)

    def _done(self, request: HttpRequest, row: Any, reason: str, back: str) -> HttpResponse:
        try:
            self.act(row, By(f"user:{request.user.pk}", reason, _address(request)))
        except HubError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, str(self.effect))
        listed = reverse(f"admin:invoices_{self.model._meta.model_name}_changelist")
        return HttpResponseRedirect(back if type(row)._default_manager.filter(pk=row.pk).exists() else listed)


@admin.register(Invoice)
class InvoiceAdmin(_Retried):
    """Invoices and credit notes: immutable."""

    personal_data = True
    verb, effect = (
        gettext_lazy("Make the file again"),
        gettext_lazy("The file is made again; number and document stay as they are."),
    )
    list_display = ("number", "what", "gross_shown", "payment_link", "when_issued", "file_shown", "pdf_link")
    list_filter = ("kind", "mode", "file_state", "project")
    list_select_related = ("payment", "project")
    search_fields = ("number__istartswith",)
    fields = (
        "number",
        "what",
        "project",
        "mode",
        "payment_link",
        "refers_to",
        "gross_shown",
        "net_shown",
        "vat_shown",
        "when_issued",
        "file_shown",
        "file_tries",
        "pdf_link",
        "hash_shown",
        "document_view",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the file."""
        pdf = path("<uuid:pk>/pdf/", self.admin_site.admin_view(self.pdf), name="invoices_invoice_pdf")
        return [pdf, *super().get_urls()]

    def pdf(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Download the file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            answer = file_response(invoice, "pdf")
        except HubError as error:
            messages.warning(request, error.message)
            return HttpResponseRedirect(reverse("admin:invoices_invoice_change", args=[pk]))
        viewed(request, invoice)
        return answer

    def is_possible(self, row: Invoice) -> bool:
        """Always: a file may be lost."""
        return True

    def act(self, row: Invoice, by: By) -> None:
        """Have it made."""
        file_again(row, by)

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, invoice: Invoice) -> str:
        """Write the kind."""
        return label(invoice.kind)

    @admin.display(description=gettext_lazy("Total"))
    def gross_shown(self, invoice: Invoice) -> str:
        """Write the total."""
        return str(Money(invoice.gross, invoice.currency))

    @admin.display(description=gettext_lazy("Net"))
    def net_shown(self, invoice: Invoice) -> str:
        """Write it without tax."""
        return str(Money(invoice.net, invoice.currency))

    @admin.display(description="VAT")
    def vat_shown(self, invoice: Invoice) -> str:
        """Write the tax."""
        return str(Money(invoice.vat, invoice.currency))

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, invoice: Invoice) -> SafeString:
        """Link to the payment."""
        return link_to(invoice.payment, invoice.payment.shop_transaction_id)

    @admin.display(description=gettext_lazy("Issued (UTC)"), ordering="id")
    def when_issued(self, invoice: Invoice) -> SafeString | str:
        """Write when it was issued."""
        return when(invoice.issued_at)

    @admin.display(description=gettext_lazy("File"), ordering="file_state")
    def file_shown(self, invoice: Invoice) -> SafeString:
        """Tell how the file stands."""
        look = {"ready": "resolved", "due": "pending", "failed": "open-item"}[invoice.file_state]
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, invoice.get_file_state_display())

    @admin.display(description=gettext_lazy("PDF"))
    def pdf_link(self, invoice: Invoice) -> SafeString | str:
        """Link to the file."""
        if not invoice.is_ready:
            return "—"
        return format_html(
            '<a class="hub-link" href="{}">PDF</a>', reverse("admin:invoices_invoice_pdf", args=[invoice.pk])
        )

    @admin.display(description=gettext_lazy("SHA-256 of the PDF"))
    def hash_shown(self, invoice: Invoice) -> SafeString | str:
        """Write the file's hash."""
        return code(invoice.pdf_sha256)

    @admin.display(description=gettext_lazy("What stands on it"))
    def document_view(self, invoice: Invoice) -> SafeString | str:
        """Show the document."""
        return block(pretty(invoice.document))


@admin.register(IssueJob)
class IssueJobAdmin(_Retried):
    """Payments whose documents are to be looked at, or are held."""

    verb, effect = (
        gettext_lazy("Look again"),
        gettext_lazy("The payment is looked at again; what can be issued is issued within seconds."),
    )
    list_display = ("payment_link", "state", "problem_shown", "message", "project", "created")
    list_filter = ("state", "problem", "project")
    list_select_related = ("payment", "project")
    fields = ("payment_link", "state", "problem_shown", "message", "project", "tries", "created")

    def title_of(self, row: IssueJob) -> str:
        """Name it by its payment."""
        return row.payment.shop_transaction_id

    def is_possible(self, row: IssueJob) -> bool:
        """Only what is held."""
        return row.state == JobState.HELD

    def act(self, row: IssueJob, by: By) -> None:
        """Look again."""
        look_again(row, by)

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, job: IssueJob) -> SafeString:
        """Link to the payment."""
        return link_to(job.payment, job.payment.shop_transaction_id)

    @admin.display(description=gettext_lazy("Problem"), ordering="problem")
    def problem_shown(self, job: IssueJob) -> SafeString | str:
        """Write the problem."""
        return code(job.problem)


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
