"""Subscriptions: what is charged again and again, each period's payment, each step, and what may be done."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.bulk.offering import BulkMixin
from backoffice.display import block, code, label, pretty
from backoffice.links import page_of
from backoffice.status import chip
from backoffice.subscription_list import LOOKS, SUBSCRIPTIONS
from payments.models import AuditEntry, Subscription
from payments.selectors.explain import amount, provider_name
from payments.selectors.subscription_object import status_of
from payments.selectors.subscription_preview import preview
from providers.types import Interval

from ._list import ListAdmin

_ROWS = 100
_RENEWALS = 6
_INTERVALS = {
    Interval.DAY: (gettext_lazy("every day"), gettext_lazy("every %(count)s days")),
    Interval.WEEK: (gettext_lazy("every week"), gettext_lazy("every %(count)s weeks")),
    Interval.MONTH: (gettext_lazy("every month"), gettext_lazy("every %(count)s months")),
    Interval.YEAR: (gettext_lazy("every year"), gettext_lazy("every %(count)s years")),
}


@admin.register(Subscription)
class SubscriptionAdmin(BulkMixin, ListAdmin):
    """Subscriptions."""

    bulk_on = "payments.subscription"
    personal_data = True
    listing = SUBSCRIPTIONS
    list_display_links = ("status", "shop_id")
    change_form_template = "backoffice/item.html"
    list_select_related = ("project",)
    fields = (
        "status", "shop_id", "own_id", "token_shown", "money", "how_often", "next_on", "ends_shown", "upcoming_view",
        "periods_view", "run_shown", "provider_shown", "method_shown", "project", "mode", "buyer_view", "additional_view",
        "steps_view", "created",
    )  # fmt: skip

    def title_of(self, row: Subscription) -> str:
        """Name it as the shop does."""
        return _("Subscription %(id)s") % {"id": row.shop_subscription_id}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer what may be done."""
        row = more.get("obj")
        if isinstance(row, Subscription):
            context["actions"] = catalogue.offered_on_subscription(request.user, Subject(None, subscription=row))
        return super().render_change_form(request, context, **more)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the actions."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/act/<slug:name>/", wrap(self.act), name="payments_subscription_act"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_subscription_acted"),
        ]
        return mine + list(super().get_urls())

    def act(self, request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
        """Ask for a reason, confirm and do it."""
        action = catalogue.ON_SUBSCRIPTIONS.get(name)
        if action is None:
            raise Http404
        row = self._viewed(request, pk)
        return ask(request, action, Subject(None, subscription=row), back=page_of(row))

    def acted(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of it."""
        row = self._viewed(request, pk)
        told = get_object_or_404(AuditEntry, pk=entry, object_id=row.pk)
        return show_result(request, told, back=page_of(row), back_to=_("Back to the subscription"))

    def _viewed(self, request: HttpRequest, pk: UUID) -> Subscription:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Subscription = get_object_or_404(self.get_queryset(request).select_related("project"), pk=pk)
        return found

    @admin.display(description=gettext_lazy("Status"))
    def status(self, row: Subscription) -> SafeString:
        """Draw the status, with what is to come beside it."""
        more = _("ends on its renewal day") if row.expire_requested and not row.has_ended else ""
        more = "paused" if row.paused_at is not None and not row.has_ended else more
        return format_html('<span class="hub-chips">{} {}</span>', chip(LOOKS[status_of(row)]), more)

    @admin.display(description=gettext_lazy("Subscription id"))
    def shop_id(self, row: Subscription) -> SafeString | str:
        """Write the shop's id."""
        return code(row.shop_subscription_id)

    @admin.display(description=gettext_lazy("Our id"))
    def own_id(self, row: Subscription) -> SafeString | str:
        """Write our id."""
        return code(row.public_id)

    @admin.display(description=gettext_lazy("Provider's token"))
    def token_shown(self, row: Subscription) -> SafeString | str:
        """Write the provider's reference, which is no payment data."""
        return code(row.token) or "—"

    @admin.display(description=gettext_lazy("Amount"))
    def money(self, row: Subscription) -> SafeString:
        """Write what a period costs."""
        text = amount(row.amount, row.currency)
        if row.pending_amount is not None:
            next_amount = amount(row.pending_amount, row.currency)
            text = _("%(amount)s, from the next period on %(next)s") % {"amount": text, "next": next_amount}
        return format_html('<span class="hub-nowrap">{}</span>', text)

    @admin.display(description=gettext_lazy("How often"))
    def how_often(self, row: Subscription) -> str:
        """Write the rhythm."""
        one, many = _INTERVALS[Interval(row.interval)]
        return str(one) if row.interval_count == 1 else many % {"count": row.interval_count}

    @admin.display(description=gettext_lazy("Next payment"))
    def next_on(self, row: Subscription) -> str:
        """Write the next day, in the project's zone."""
        return f"{row.next_payment_on:%Y-%m-%d}" if row.next_payment_on and not row.has_ended else "—"

    @admin.display(description=gettext_lazy("Ends"))
    def ends_shown(self, row: Subscription) -> str:
        """Write how it ends, or ended."""
        if row.ended_at is not None:
            return f"{row.ended_at:%Y-%m-%d %H:%M} UTC, {label(row.end_reason).lower()}"
        ends = [_("before %(day)s") % {"day": f"{row.ends_on:%Y-%m-%d}"}] if row.ends_on else []
        if row.expires_after:
            after = {"count": row.expires_after, "made": row.payments_made}
            ends.append(_("after %(count)s payments (%(made)s made)") % after)
        return _(" or ").join(ends) or _("when somebody ends it")

    @admin.display(description=gettext_lazy("Charged by"))
    def run_shown(self, row: Subscription) -> str:
        """Say who decides when it is charged."""
        return {"provider": _("the provider"), "hub": _("this hub"), "shop": _("the shop, payment by payment")}[
            row.run_by
        ]

    @admin.display(description=gettext_lazy("Method"))
    def method_shown(self, row: Subscription) -> str:
        """Write the method."""
        return label(row.method)

    @admin.display(description=gettext_lazy("Provider"))
    def provider_shown(self, row: Subscription) -> str:
        """Write the provider's name."""
        return provider_name(row.provider) if row.provider else "—"

    @admin.display(description=gettext_lazy("Next renewals"))
    def upcoming_view(self, row: Subscription) -> SafeString | str:
        """Write the next days."""
        days = [f"{next.due_on:%Y-%m-%d} ({amount(next.amount, row.currency)})" for next in preview(row, _RENEWALS)]
        return ", ".join(days) or "—"

    @admin.display(description=gettext_lazy("Periods and payments"))
    def periods_view(self, row: Subscription) -> SafeString:
        """Show each period with its payment, the newest first."""
        periods = row.periods.select_related("payment").order_by("-number")[:_ROWS]
        shown = [{"row": period, "amount": amount(period.amount, period.currency)} for period in periods]
        return render_to_string("backoffice/_subscription_periods.html", {"periods": shown})

    @admin.display(description=gettext_lazy("Steps"))
    def steps_view(self, row: Subscription) -> SafeString:
        """Show each step, the newest first."""
        return render_to_string(
            "backoffice/_subscription_steps.html", {"steps": row.transitions.order_by("-number")[:_ROWS]}
        )

    @admin.display(description=gettext_lazy("Buyer"))
    def buyer_view(self, row: Subscription) -> SafeString | str:
        """Show the buyer."""
        return block(pretty(row.buyer))

    @admin.display(description=gettext_lazy("The shop's notes"))
    def additional_view(self, row: Subscription) -> SafeString | str:
        """Show the shop's notes."""
        return block(pretty(row.additional_data))
