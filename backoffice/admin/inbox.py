"""Notifications of PSPs, as they came."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from backoffice.display import block, body_text, code, pretty, when
from backoffice.links import link_to
from payments.models import InboxMessage
from payments.selectors.explain import provider_name
from payments.selectors.notifications import body_of

from ._read_only import ReadOnlyAdmin


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """Notifications. Body and headers are shown without secrets; what is stored stays as it came."""

    list_display = ("when_came", "provider", "event_type", "event_key_shown", "state", "payment_link", "tries", "error")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("provider_account", "payment")
    fields = (
        "when_came",
        "provider",
        "account",
        "payment_link",
        "event_type",
        "event_key_shown",
        "state",
        "tries",
        "next_try",
        "error",
        "when_done",
        "request_line",
        "query_view",
        "headers_view",
        "body_view",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMessage]:
        """Leave bodies unread until one is looked at."""
        queryset: QuerySet[InboxMessage] = super().get_queryset(request)
        return queryset.defer("body", "headers", "query")

    def title_of(self, row: InboxMessage) -> str:
        """Name it by its event."""
        return f"Notification {row.event_type} {row.event_key}".strip()

    @admin.display(description="Received (UTC)", ordering="id")
    def when_came(self, message: InboxMessage) -> SafeString | str:
        """Write when it came."""
        return when(message.created_at)

    @admin.display(description="Done (UTC)")
    def when_done(self, message: InboxMessage) -> SafeString | str:
        """Write when it was understood."""
        return when(message.done_at)

    @admin.display(description="Next try (UTC)")
    def next_try(self, message: InboxMessage) -> SafeString | str:
        """Write when it is tried next."""
        return when(message.next_try_at)

    @admin.display(description="Provider")
    def provider(self, message: InboxMessage) -> str:
        """Write the provider's name."""
        return provider_name(message.provider_account.provider)

    @admin.display(description="Provider account")
    def account(self, message: InboxMessage) -> SafeString:
        """Link to the account."""
        return link_to(message.provider_account)

    @admin.display(description="Event key")
    def event_key_shown(self, message: InboxMessage) -> SafeString | str:
        """Write the event's own key."""
        return code(message.event_key)

    @admin.display(description="Payment")
    def payment_link(self, message: InboxMessage) -> SafeString:
        """Link to the payment it is about, once that is known."""
        return link_to(message.payment, message.payment.shop_transaction_id if message.payment else "")

    @admin.display(description="Request")
    def request_line(self, message: InboxMessage) -> SafeString | str:
        """Write method and path; the opaque token of an account's own path is left out."""
        path = "/c/***" if message.path.startswith("/c/") else message.path
        return code(f"{message.method} {path}".strip())

    @admin.display(description="Query")
    def query_view(self, message: InboxMessage) -> SafeString | str:
        """Show the query."""
        return block(pretty(message.query))

    @admin.display(description="Headers")
    def headers_view(self, message: InboxMessage) -> SafeString | str:
        """Show the headers."""
        return block(pretty(message.headers))

    @admin.display(description="Body")
    def body_view(self, message: InboxMessage) -> SafeString | str:
        """Show the body as text."""
        return block(body_text(body_of(message)))
