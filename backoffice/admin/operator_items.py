"""What waits for a person."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from backoffice.actions import catalogue
from backoffice.actions.item_actions import item_actions
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to, page_of
from paymenthub.kernel import clock
from payments.models import OperatorItem

from ._queue_filters import AgeFilter, PriorityFilter, StandingFilter, TakenFilter
from ._read_only import ReadOnlyAdmin


@admin.register(OperatorItem)
class OperatorItemAdmin(ReadOnlyAdmin):
    """Operator items, the open ones first."""

    list_display = ("standing", "age", "what", "payment_link", "about_shown", "next_step", "project", "resolved_by")
    list_filter = (StandingFilter, PriorityFilter, TakenFilter, AgeFilter, "kind", "project")
    list_select_related = ("payment", "project")
    change_form_template = "backoffice/item.html"
    ordering = (F("resolved_at").desc(nulls_first=True), "-id")  # type: ignore[assignment]
    fields = (
        "standing",
        "what",
        "payment_link",
        "about_shown",
        "next_step",
        "evidence_view",
        "project",
        "when_made",
        "when_resolved",
        "resolved_by",
        "resolution",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of resolving."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/resolve/", wrap(self.resolve), name="payments_operatoritem_resolve"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_operatoritem_acted"),
        ]
        return mine + list(super().get_urls())

    def title_of(self, row: OperatorItem) -> str:
        """Name it by its kind."""
        return label(row.kind)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer what may be done about an open item."""
        item = more.get("obj")
        if isinstance(item, OperatorItem):
            context["actions"] = item_actions(request.user, item)
        return super().render_change_form(request, context, **more)

    def resolve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Resolve an item, with what was done."""
        item = self._viewed(request, pk)
        return ask(request, catalogue.RESOLVE, Subject(item.payment, item=item), back=page_of(item))

    def acted(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of it."""
        item = self._viewed(request, pk)
        row = get_object_or_404(item.audit_entries.all(), pk=entry)
        return show_result(request, row, back=page_of(item), back_to="Back to the item")

    def _viewed(self, request: HttpRequest, pk: UUID) -> OperatorItem:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: OperatorItem = get_object_or_404(self.get_queryset(request).select_related("payment", "project"), pk=pk)
        return found

    @admin.display(description="Waits", ordering="id")
    def age(self, item: OperatorItem) -> str:
        """Write for how long it waits, or waited."""
        return timesince(item.created_at, item.resolved_at or clock.now(), depth=1)

    @admin.display(description="Standing")
    def standing(self, item: OperatorItem) -> SafeString:
        """Tell whether it still waits."""
        look, word = ("open-item", "Open") if item.resolved_at is None else ("resolved", "Resolved")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, word)

    @admin.display(description="Date (UTC)", ordering="id")
    def when_made(self, item: OperatorItem) -> SafeString | str:
        """Write since when it waits."""
        return when(item.created_at)

    @admin.display(description="Resolved (UTC)")
    def when_resolved(self, item: OperatorItem) -> SafeString | str:
        """Write when it was resolved."""
        return when(item.resolved_at)

    @admin.display(description="What", ordering="kind")
    def what(self, item: OperatorItem) -> str:
        """Write the kind."""
        return label(item.kind)

    @admin.display(description="About")
    def about_shown(self, item: OperatorItem) -> SafeString | str:
        """Write what it is about."""
        return code(item.about)

    @admin.display(description="Payment")
    def payment_link(self, item: OperatorItem) -> SafeString:
        """Link to the payment."""
        return link_to(item.payment, item.payment.shop_transaction_id if item.payment else "")

    @admin.display(description="Evidence")
    def evidence_view(self, item: OperatorItem) -> SafeString | str:
        """Show the evidence."""
        return block(pretty(item.evidence))
