"""What waits for a person: the queue, each item with its next step, and who is on it."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice.actions import catalogue
from backoffice.actions.item_actions import item_actions
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to, page_of
from backoffice.queue.bulk import Bulk, Target, bulk
from backoffice.queue.kinds import PRIORITY_WORDS, by_priority, guide_of
from backoffice.queue.leads import leads
from backoffice.requests import address_of
from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.models import OperatorItem
from payments.services.take_item import leave_item, take_item

from ._queue_filters import AgeFilter, PriorityFilter, StandingFilter, TakenFilter
from ._read_only import ReadOnlyAdmin

_RESOLVE = "payments.resolve_operatoritem"


@admin.register(OperatorItem)
class OperatorItemAdmin(ReadOnlyAdmin):
    """Operator items: those that are open, money at risk first."""

    list_display = ("urgency", "age", "what", "payment_link", "on_it", "next_step", "project")
    list_display_links = ("urgency", "what")
    list_filter = (StandingFilter, PriorityFilter, TakenFilter, AgeFilter, "kind", "project")
    list_select_related = ("payment", "project")
    actions = ("resolve_ticked",)
    change_form_template = "backoffice/queue/item.html"
    fields = (
        "standing",
        "on_it",
        "payment_link",
        "about_shown",
        "evidence_view",
        "project",
        "when_made",
        "when_resolved",
        "resolved_by",
        "resolution",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperatorItem]:
        """Rank them by how urgent their kind is."""
        queryset: QuerySet[OperatorItem] = super().get_queryset(request)
        return queryset.annotate(priority=by_priority())

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        """Put open ones first, money at risk before the rest, the oldest of each at the top."""
        return (F("resolved_at").desc(nulls_first=True), by_priority().asc(), "id")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of resolving, opening again, and being on it."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/resolve/", wrap(self.resolve), name="payments_operatoritem_resolve"),
            path("<uuid:pk>/reopen/", wrap(self.reopen), name="payments_operatoritem_reopen"),
            path("<uuid:pk>/take/", wrap(require_POST(self.take)), name="payments_operatoritem_take"),
            path("<uuid:pk>/leave/", wrap(require_POST(self.leave)), name="payments_operatoritem_leave"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_operatoritem_acted"),
            path("resolve/", wrap(require_POST(self.resolve_many)), name="payments_operatoritem_resolve_many"),
        ]
        return mine + list(super().get_urls())

    def title_of(self, row: OperatorItem) -> str:
        """Name it by its kind."""
        return label(row.kind)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Say what to do about it, and offer the ways there."""
        item = more.get("obj")
        if isinstance(item, OperatorItem):
            may_act = request.user.has_perm(_RESOLVE)
            context |= {
                "item": item,
                "guide": guide_of(item.kind),
                "priority_words": PRIORITY_WORDS[guide_of(item.kind).priority],
                "actions": [*item_actions(request.user, item), *leads(request.user, item)],
                "may_take": may_act and item.resolved_at is None,
                "mine": item.taken_by == request.user.get_username(),
            }
        return super().render_change_form(request, context, **more)

    def resolve(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Resolve an item, with what was done."""
        item = self._viewed(request, pk)
        return ask(request, catalogue.RESOLVE, Subject(item.payment, item=item), back=page_of(item))

    def reopen(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Put an item back into the queue."""
        item = self._viewed(request, pk)
        return ask(request, catalogue.REOPEN, Subject(item.payment, item=item), back=page_of(item))

    def take(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Note that the person is on it; `seen` says who was on it when they looked."""
        item = self._viewed(request, pk, _RESOLVE)
        try:
            take_item(
                item,
                request.user.get_username(),
                seen=request.POST.get("seen", "")[:128],
                address=address_of(request),
            )
        except HubError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("You are on it. Others see your name."))
        return HttpResponseRedirect(page_of(item))

    def leave(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Note that the person is no longer on it."""
        item = self._viewed(request, pk, _RESOLVE)
        try:
            leave_item(item, request.user.get_username(), address=address_of(request))
        except HubError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("It is free for others again."))
        return HttpResponseRedirect(page_of(item))

    def acted(self, request: HttpRequest, pk: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
        """Show what came of it."""
        item = self._viewed(request, pk)
        row = get_object_or_404(item.audit_entries.all(), pk=entry)
        return show_result(request, row, back=page_of(item), back_to=_("Back to the item"))

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Tell who may resolve."""
        return request.user.has_perm(_RESOLVE)

    @admin.action(description=gettext_lazy("Resolve (of one kind)"), permissions=["resolve"])
    def resolve_ticked(self, request: HttpRequest, queryset: QuerySet[OperatorItem]) -> HttpResponse | None:
        """Ask for one reason for the items that were ticked."""
        if queryset.order_by().values("kind").distinct().count() > 1:
            messages.error(request, _("Tick items of one kind only: one reason has to be true for all of them."))
            return None
        return bulk(request, self._bulk(request), queryset.values_list("pk", flat=True))

    def resolve_many(self, request: HttpRequest) -> HttpResponse:
        """Resolve the items of a form, with one reason."""
        if not self.has_view_permission(request) or not self.has_resolve_permission(request):
            raise PermissionDenied
        return bulk(request, self._bulk(request))

    def _bulk(self, request: HttpRequest) -> Bulk:
        def targets(keys: Sequence[uuid.UUID]) -> list[Target]:
            rows = self.get_queryset(request).filter(pk__in=keys).select_related("payment", "project")
            return [
                Target(Subject(row.payment, item=row), f"{label(row.kind)} · {_paid_or_about(row)}", page_of(row))
                for row in rows.order_by(by_priority(), "id")
            ]

        return Bulk(
            action=catalogue.RESOLVE,
            title=_("Resolve several items"),
            effect=[
                _("They leave the queue, each with your name and what you write here."),
                _("No money moves by this, and nobody is told."),
            ],
            targets=targets,
            url=reverse("admin:payments_operatoritem_resolve_many"),
            back=reverse("admin:payments_operatoritem_changelist"),
        )

    def _viewed(self, request: HttpRequest, pk: uuid.UUID, permission: str = "") -> OperatorItem:
        if not self.has_view_permission(request) or (permission and not request.user.has_perm(permission)):
            raise PermissionDenied
        found: OperatorItem = get_object_or_404(self.get_queryset(request).select_related("payment", "project"), pk=pk)
        return found

    @admin.display(description=gettext_lazy("Priority"), ordering="priority")
    def urgency(self, item: OperatorItem) -> SafeString:
        """Write how urgent it is; or that it is resolved."""
        if item.resolved_at is not None:
            return self.standing(item)
        priority = guide_of(item.kind).priority
        return format_html('<span class="hub-state hub-urgency--{}">{}</span>', int(priority), PRIORITY_WORDS[priority])

    @admin.display(description=gettext_lazy("Who is on it"))
    def on_it(self, item: OperatorItem) -> str:
        """Write who is on it, and since when."""
        if not item.taken_by:
            return "—"
        return _("%(name)s, for %(time)s") % {
            "name": item.taken_by,
            "time": timesince(item.taken_at or item.created_at, item.resolved_at or clock.now(), depth=1),
        }

    @admin.display(description=gettext_lazy("Waits"), ordering="id")
    def age(self, item: OperatorItem) -> str:
        """Write for how long it waits, or waited."""
        return timesince(item.created_at, item.resolved_at or clock.now(), depth=1)

    @admin.display(description=gettext_lazy("Standing"))
    def standing(self, item: OperatorItem) -> SafeString:
        """Tell whether it still waits."""
        look, word = ("open-item", _("Open")) if item.resolved_at is None else ("resolved", _("Resolved"))
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, word)

    @admin.display(description=gettext_lazy("Date (UTC)"), ordering="id")
    def when_made(self, item: OperatorItem) -> SafeString | str:
        """Write since when it waits."""
        return when(item.created_at)

    @admin.display(description=gettext_lazy("Resolved (UTC)"))
    def when_resolved(self, item: OperatorItem) -> SafeString | str:
        """Write when it was resolved."""
        return when(item.resolved_at)

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, item: OperatorItem) -> str:
        """Write the kind."""
        return label(item.kind)

    @admin.display(description=gettext_lazy("About"))
    def about_shown(self, item: OperatorItem) -> SafeString | str:
        """Write what it is about."""
        return code(item.about)

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, item: OperatorItem) -> SafeString:
        """Link to the payment."""
        return link_to(item.payment, item.payment.shop_transaction_id if item.payment else "")

    @admin.display(description=gettext_lazy("Evidence"))
    def evidence_view(self, item: OperatorItem) -> SafeString | str:
        """Show the evidence."""
        return block(pretty(item.evidence))


def _paid_or_about(item: OperatorItem) -> str:
    return item.payment.shop_transaction_id if item.payment is not None else item.about
