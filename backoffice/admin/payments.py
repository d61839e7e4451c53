"""Payments: the list, and a page that tells one payment's whole story."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.actions import catalogue
from backoffice.actions.views import ask, show_result
from backoffice.bulk.offering import BulkMixin
from backoffice.display import code, label, provider_badge, when
from backoffice.links import page_of
from backoffice.payment_list import PAYMENTS
from backoffice.payment_page import payment_page, subject_of
from backoffice.payment_parts import payment_parts
from backoffice.row_menu import menu, row_menus
from backoffice.status import status_chip
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Payment
from payments.selectors.explain import amount

from ._list import ListAdmin


@admin.register(Payment)
class PaymentAdmin(BulkMixin, ListAdmin):
    """Payments."""

    bulk_on = "payments.payment"
    listing = PAYMENTS
    always = ("row_menu",)
    personal_data = True
    list_display_links = ("status", "shop_id")
    list_select_related = ("project",)
    fields = ("shop_transaction_id",)
    change_form_template = "admin/payments/payment/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Mark the doubtful ones in the same query."""
        unknown = Attempt.objects.filter(payment=OuterRef("pk"), state=AttemptState.UNKNOWN)
        queryset: QuerySet[Payment] = super().get_queryset(request)
        return queryset.select_related("project", "provider_account").annotate(in_doubt=Exists(unknown))

    def prepare(self, request: HttpRequest, rows: list[Payment]) -> None:
        """Read what each row's menu offers, in one query."""
        menus = row_menus(request.user, rows)
        for row in rows:
            row.menu = menus[row.pk]  # type: ignore[attr-defined]

    def title_of(self, row: Payment) -> str:
        """Name it as the shop does."""
        return _("Payment %(order)s") % {"order": row.shop_transaction_id}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Show the payment's page in the place of a form."""
        payment = more.get("obj")
        if isinstance(payment, Payment):
            context |= _with_actions(request, payment_page(payment))
        return super().render_change_form(request, context, **more)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the actions."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/act/<slug:name>/", wrap(self.act), name="payments_payment_act"),
            path("<uuid:pk>/decide/<uuid:attempt>/", wrap(self.decide), name="payments_payment_decide"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_payment_acted"),
        ]
        return mine + list(super().get_urls())

    def act(self, request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
        """Ask for, confirm and do one action."""
        action = catalogue.ON_PAYMENTS.get(name)
        if action is None:
            raise Http404
        payment = self._viewed(request, pk)
        return ask(request, action, subject_of(payment, _attempt_in(request)), back=page_of(payment))

    def decide(self, request: HttpRequest, pk: UUID, attempt: UUID) -> HttpResponse:
        """Decide an attempt in doubt."""
        payment = self._viewed(request, pk)
        subject = subject_of(payment, attempt)
        if subject.attempt is None:
            raise Http404
        return ask(request, catalogue.DECIDE, subject, back=page_of(payment))

    def acted(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of an action."""
        payment = self._viewed(request, pk)
        row = get_object_or_404(payment.audit_entries.select_related("attempt"), pk=entry)
        return show_result(request, row, back=page_of(payment), back_to=gettext("Back to the payment"))

    def _viewed(self, request: HttpRequest, pk: UUID) -> Payment:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    @admin.display(description=_("Status"))
    def status(self, payment: Payment) -> SafeString:
        """Draw the status."""
        return status_chip(payment.business_state, in_doubt=getattr(payment, "in_doubt", False))

    @admin.display(description=_("Date (UTC)"))
    def created(self, payment: Payment) -> SafeString | str:
        """Write when it was made."""
        return when(payment.created_at)

    @admin.display(description=_("Transaction ID"))
    def shop_id(self, payment: Payment) -> SafeString | str:
        """Write the shop's id."""
        return code(payment.shop_transaction_id)

    @admin.display(description=_("Amount"))
    def money(self, payment: Payment) -> SafeString:
        """Write the amount with the currency's decimals."""
        return format_html('<span class="hub-nowrap">{}</span>', amount(payment.amount, payment.currency))

    @admin.display(description=_("Refunded"))
    def refunded(self, payment: Payment) -> SafeString | str:
        """Write what was given back, through this hub or elsewhere."""
        back = payment.refunded_by_us + payment.refunded_elsewhere
        return format_html('<span class="hub-nowrap">{}</span>', amount(back, payment.currency)) if back else "—"

    @admin.display(description=_("Method"))
    def paid_by(self, payment: Payment) -> str:
        """Write the method."""
        return label(payment.method)

    @admin.display(description=_("Provider"))
    def provider_label(self, payment: Payment) -> SafeString | str:
        """Write the provider's name."""
        return provider_badge(payment.provider)

    @admin.display(description=_("Channel"))
    def channel(self, payment: Payment) -> str:
        """Write the shop's word for where its customer was."""
        said = payment.additional_data.get("channel") if isinstance(payment.additional_data, dict) else None
        return str(said)[:64] if said else "—"

    @admin.display(description=_("Type"))
    def type_shown(self, payment: Payment) -> str:
        """Write how it came about."""
        return payment.get_type_display()

    @admin.display(description=_("Buyer's e-mail"))
    def buyer_email(self, payment: Payment) -> str:
        """Write the buyer's address."""
        said = payment.buyer.get("email") if isinstance(payment.buyer, dict) else None
        return str(said)[:254] if said else "—"

    @admin.display(description=_("Actions"))
    def row_menu(self, payment: Payment) -> SafeString:
        """Offer what may be done with the row."""
        return menu(payment)


def _attempt_in(request: HttpRequest) -> UUID | None:
    """Read which attempt's money a prepared refund gives back; none where the address names none."""
    try:
        return UUID(request.GET["attempt"])
    except (KeyError, ValueError):
        return None


def _with_actions(request: HttpRequest, page: dict[str, Any]) -> dict[str, Any]:
    """Add what this user may do now to what the page shows."""
    subject = page["subject"]
    page |= payment_parts(request.user, subject.paid, page["mail_rows"])
    page["actions"] = catalogue.offered(request.user, subject)
    page["may_resend"] = request.user.has_perms(["payments.resend_delivery", "payments.view_delivery"])
    if catalogue.may(request.user, catalogue.DECIDE, subject):
        for shown in page["attempts"]:
            if shown["row"] in subject.possible.in_doubt:
                args = [subject.paid.pk, shown["row"].pk]
                shown["decide_url"] = reverse("admin:payments_payment_decide", args=args)
    return page
