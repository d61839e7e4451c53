"""Callbacks: what was sent to merchants, with every try."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.bulk.offering import BulkMixin
from backoffice.callback_words import why_callback
from backoffice.display import block, code, pretty, when
from backoffice.links import link_to
from backoffice.payment_page import try_view
from paymenthub.kernel.redact import redact_url
from payments.models import Delivery

from ._read_only import ReadOnlyAdmin


@admin.register(Delivery)
class DeliveryAdmin(BulkMixin, ReadOnlyAdmin):
    """Deliveries."""

    bulk_on = "payments.delivery"
    list_display = ("when_made", "event_type", "payment_link", "address", "state", "tries", "next_try")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("event__payment",)
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

    def title_of(self, row: Delivery) -> str:
        """Name it by its event."""
        return f"Callback {row.event.type} #{row.event.sequence}"

    @admin.display(description="Date (UTC)", ordering="id")
    def when_made(self, delivery: Delivery) -> SafeString | str:
        """Write when it was made."""
        return when(delivery.created_at)

    @admin.display(description="Delivered (UTC)")
    def when_delivered(self, delivery: Delivery) -> SafeString | str:
        """Write when it was taken."""
        return when(delivery.delivered_at)

    @admin.display(description="Next try (UTC)", ordering="next_try_at")
    def next_try(self, delivery: Delivery) -> SafeString | str:
        """Write when it is tried next."""
        return when(delivery.next_try_at)

    @admin.display(description="Event")
    def event_type(self, delivery: Delivery) -> str:
        """Write what it tells."""
        return f"{delivery.event.type} #{delivery.event.sequence}"

    @admin.display(description="Event id")
    def event_id_shown(self, delivery: Delivery) -> SafeString | str:
        """Write the id that receivers see."""
        return code(delivery.event.public_id)

    @admin.display(description="Payment")
    def payment_link(self, delivery: Delivery) -> SafeString:
        """Link to the payment; a dash where it tells of a subscription."""
        payment = delivery.event.payment
        return link_to(payment, payment.shop_transaction_id if payment else "")

    @admin.display(description="Address")
    def address(self, delivery: Delivery) -> str:
        """Write where it goes, without secrets."""
        return redact_url(delivery.url)

    @admin.display(description="Endpoint")
    def endpoint_link(self, delivery: Delivery) -> SafeString:
        """Link to the endpoint; a dash where the address is the payment's or project's own."""
        return link_to(delivery.endpoint, redact_url(delivery.url))

    @admin.display(description="Body")
    def event_body(self, delivery: Delivery) -> SafeString | str:
        """Show what is told."""
        return block(pretty(delivery.event.body))

    @admin.display(description=_("How it stands"))
    def why(self, delivery: Delivery) -> SafeString:
        """Say why it was not taken, and what happens next."""
        tone, words = why_callback(delivery, list(delivery.attempts.order_by("number")))
        return format_html('<p class="hub-why hub-why--{}">{}</p>', tone, words)

    @admin.display(description="Tries")
    def tries_view(self, delivery: Delivery) -> SafeString | str:
        """Show every try with its answer."""
        tries = [try_view(row) for row in delivery.attempts.order_by("number")]
        return render_to_string("backoffice/_tries.html", {"tries": tries}) if tries else "—"
