"""Callbacks: what was sent to merchants, with every try, and sending them again: one, many, or a range of time."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import scoped
from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.bulk.callbacks import BulkResendCallbacks
from backoffice.bulk.offering import BulkMixin, begin
from backoffice.bulk.range_form import RangeForm
from backoffice.callback_words import why_callback
from backoffice.display import block, code, pretty, when
from backoffice.links import link_to, page_of
from backoffice.payment_page import try_view
from paymenthub.kernel import clock
from paymenthub.kernel.redact import redact_url
from payments.models import AuditEntry, Delivery, WebhookEndpoint

from ._read_only import ReadOnlyAdmin

_RESEND = BulkResendCallbacks()


@admin.register(Delivery)
class DeliveryAdmin(BulkMixin, ReadOnlyAdmin):
    """Deliveries."""

    bulk_on = "payments.delivery"
    list_display = ("when_made", "event_type", "payment_link", "address", "state", "tries", "next_try")
    linked_by = ("endpoint",)
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("event__payment",)
    list_before_template = "backoffice/bulk/range_link.html"
    change_form_template = "backoffice/item.html"
    fields = (
        "event_id_shown",
        "event_type",
        "payment_link",
        "address",
        "endpoint_link",
        "state",
        "when_made",
        "when_delivered",
        "next_try",
        "why",
        "tries_view",
        "event_body",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of sending again."""
        wrap = self.admin_site.admin_view
        mine = [
            path("range/", wrap(self.range), name="payments_delivery_range"),
            path("<uuid:pk>/resend/", wrap(self.resend), name="payments_delivery_resend"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_delivery_acted"),
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Offer a range above the list."""
        may = request.user.has_perm(_RESEND.permission)
        url = reverse("admin:payments_delivery_range") if may else ""
        shown: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "range_url": url})
        return shown

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer to send it again."""
        row = more.get("obj")
        if isinstance(row, Delivery):
            action, subject = catalogue.RESEND_CALLBACK, _subject(row)
            if action.is_possible(subject) and catalogue.may(request.user, action, subject):
                url = reverse("admin:payments_delivery_resend", args=[row.pk])
                context["actions"] = [{"verb": action.verb, "icon": action.icon, "dangerous": False, "url": url}]
        return super().render_change_form(request, context, **more)

    def resend(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for a reason and send it again."""
        row = self._viewed(request, pk)
        return ask(request, catalogue.RESEND_CALLBACK, _subject(row), back=page_of(row))

    def acted(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of it."""
        row = self._viewed(request, pk)
        told = get_object_or_404(AuditEntry, pk=entry, object_id=row.pk)
        return show_result(request, told, back=page_of(row), back_to=gettext("Back to the callback"))

    def range(self, request: HttpRequest) -> HttpResponse:
        """Choose callbacks by endpoint, state and time; the confirm page follows."""
        if not self.has_view_permission(request) or not request.user.has_perm(_RESEND.permission):
            raise PermissionDenied
        back = reverse("admin:payments_delivery_changelist")
        if request.method == "POST":
            form = RangeForm(request.user, request.POST)
            begun = begin(request, _RESEND, form.chosen()) if form.is_valid() else None
            if begun is not None:
                return begun
        else:
            form = RangeForm(request.user, initial=_initial(request))
        context = {**self.admin_site.each_context(request), "title": _RESEND.title, "form": form, "back": back}
        return render(request, "backoffice/bulk/range.html", context)

    def _viewed(self, request: HttpRequest, pk: UUID) -> Delivery:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("event__payment", "project", "endpoint")
        found: Delivery = get_object_or_404(rows, pk=pk)
        return found

    def title_of(self, row: Delivery) -> str:
        """Name it by its event."""
        return _("Callback %(event)s #%(number)s") % {"event": row.event.type, "number": row.event.sequence}

    @admin.display(description=_("Date (UTC)"), ordering="id")
    def when_made(self, delivery: Delivery) -> SafeString | str:
        """Write when it was made."""
        return when(delivery.created_at)

    @admin.display(description=_("Delivered (UTC)"))
    def when_delivered(self, delivery: Delivery) -> SafeString | str:
        """Write when it was taken."""
        return when(delivery.delivered_at)

    @admin.display(description=_("Next try (UTC)"), ordering="next_try_at")
    def next_try(self, delivery: Delivery) -> SafeString | str:
        """Write when it is tried next."""
        return when(delivery.next_try_at)

    @admin.display(description=_("Event"))
    def event_type(self, delivery: Delivery) -> str:
        """Write what it tells."""
        return f"{delivery.event.type} #{delivery.event.sequence}"

    @admin.display(description=_("Event id"))
    def event_id_shown(self, delivery: Delivery) -> SafeString | str:
        """Write the id that receivers see."""
        return code(delivery.event.public_id)

    @admin.display(description=_("Payment"))
    def payment_link(self, delivery: Delivery) -> SafeString:
        """Link to the payment; a dash where it tells of a subscription."""
        payment = delivery.event.payment
        return link_to(payment, payment.shop_transaction_id if payment else "")

    @admin.display(description=_("Address"))
    def address(self, delivery: Delivery) -> str:
        """Write where it goes, without secrets."""
        return redact_url(delivery.url)

    @admin.display(description=_("Endpoint"))
    def endpoint_link(self, delivery: Delivery) -> SafeString:
        """Link to the endpoint; a dash where the address is the payment's or project's own."""
        return link_to(delivery.endpoint, redact_url(delivery.url))

    @admin.display(description=_("Body"))
    def event_body(self, delivery: Delivery) -> SafeString | str:
        """Show what is told."""
        return block(pretty(delivery.event.body))

    @admin.display(description=_("How it stands"))
    def why(self, delivery: Delivery) -> SafeString:
        """Say why it was not taken, and what happens next."""
        tone, words = why_callback(delivery, list(delivery.attempts.order_by("number")))
        return format_html('<p class="hub-why hub-why--{}">{}</p>', tone, words)

    @admin.display(description=_("Tries"))
    def tries_view(self, delivery: Delivery) -> SafeString | str:
        """Show every try with its answer."""
        tries = [try_view(row) for row in delivery.attempts.order_by("number")]
        return render_to_string("backoffice/_tries.html", {"tries": tries}) if tries else "—"


def _subject(row: Delivery) -> Subject:
    return Subject(row.event.payment, delivery=row)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Begin with the endpoint that the address names, and with the last day."""
    now = clock.now()
    found: dict[str, Any] = {
        "which": "given_up",
        "since": f"{now - dt.timedelta(days=1):%Y-%m-%d %H:%M}",
        "until": f"{now + dt.timedelta(minutes=1):%Y-%m-%d %H:%M}",
    }
    try:
        wanted = UUID(request.GET["endpoint"])
    except (KeyError, ValueError):
        return found
    endpoint = scoped(WebhookEndpoint.objects.all(), request.user, "project").filter(pk=wanted).first()
    if endpoint is not None:
        found |= {"endpoint": endpoint.pk, "project": endpoint.project_id, "mode": endpoint.mode}
    return found
