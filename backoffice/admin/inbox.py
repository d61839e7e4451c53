"""Notifications of PSPs, as they came; what was not understood, why, and what a person does about it."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice.actions import catalogue
from backoffice.actions.base import Action
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.display import block, body_text, code, pretty, when
from backoffice.links import link_to, page_of
from backoffice.queue.bulk import Bulk, Target, bulk
from backoffice.queue.notification import notification_context
from payments.models import AuditEntry, InboxMessage
from payments.selectors.explain import provider_name
from payments.selectors.notifications import body_of

from ._inbox_filters import InboxStandingFilter
from ._read_only import ReadOnlyAdmin

_PROCESS = "payments.process_inboxmessage"
_ACTIONS: dict[str, Action] = {"again": catalogue.LOOK_AGAIN, "not-ours": catalogue.NOT_OURS}


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """Notifications. Body and headers are shown without secrets; what is stored stays as it came."""

    list_display = ("when_came", "provider", "event_type", "event_key_shown", "state", "payment_link", "tries", "error")
    list_filter = (InboxStandingFilter, "state", ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("provider_account", "payment")
    actions = ("look_at_ticked", "not_ours_ticked")
    change_form_template = "backoffice/queue/notification.html"
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
        return f"{_('Notification')} {row.event_type} {row.event_key}".strip()

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of what may be done about one, or several."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/act/<slug:name>/", wrap(self.act), name="payments_inboxmessage_act"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_inboxmessage_acted"),
            path(
                "several/<slug:name>/", wrap(require_POST(self.act_on_many)), name="payments_inboxmessage_act_on_many"
            ),
        ]
        return mine + list(super().get_urls())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Say what it is, why it was not understood, and which payments may be meant."""
        message = more.get("obj")
        if isinstance(message, InboxMessage):
            context |= notification_context(request.user, message)
            subject = Subject(message.payment, message=message)
            context["actions"] = [
                {"verb": action.verb, "icon": action.icon, "dangerous": False, "url": self._url(message, name)}
                for name, action in _ACTIONS.items()
                if action.is_possible(subject) and catalogue.may(request.user, action, subject)
            ]
        return super().render_change_form(request, context, **more)

    def act(self, request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
        """Ask for a reason and do it."""
        message = self._viewed(request, pk)
        if name not in _ACTIONS:
            raise Http404
        return ask(request, _ACTIONS[name], Subject(message.payment, message=message), back=page_of(message))

    def acted(self, request: HttpRequest, pk: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
        """Show what came of it."""
        message = self._viewed(request, pk)
        row = get_object_or_404(AuditEntry, pk=entry, object_id=message.pk)
        return show_result(request, row, back=page_of(message), back_to=_("Back to the notification"))

    def has_process_permission(self, request: HttpRequest) -> bool:
        """Tell who may say something about a notification."""
        return request.user.has_perm(_PROCESS)

    @admin.action(description=gettext_lazy("Look at them again"), permissions=["process"])
    def look_at_ticked(self, request: HttpRequest, queryset: QuerySet[InboxMessage]) -> HttpResponse:
        """Ask for one reason, and look at each again."""
        return bulk(request, self._bulk(request, "again"), queryset.values_list("pk", flat=True))

    @admin.action(description=gettext_lazy("Not ours"), permissions=["process"])
    def not_ours_ticked(self, request: HttpRequest, queryset: QuerySet[InboxMessage]) -> HttpResponse:
        """Ask for one reason, and close each."""
        return bulk(request, self._bulk(request, "not-ours"), queryset.values_list("pk", flat=True))

    def act_on_many(self, request: HttpRequest, name: str) -> HttpResponse:
        """Do it for the notifications of a form."""
        if not self.has_view_permission(request) or not self.has_process_permission(request):
            raise PermissionDenied
        if name not in _ACTIONS:
            raise Http404
        return bulk(request, self._bulk(request, name))

    def _bulk(self, request: HttpRequest, name: str) -> Bulk:
        def targets(keys: Sequence[uuid.UUID]) -> list[Target]:
            rows = self.get_queryset(request).filter(pk__in=keys).select_related("payment", "project")
            return [
                Target(
                    Subject(row.payment, message=row),
                    f"{row.event_type or _('Notification')} {row.event_key}".strip(),
                    page_of(row),
                )
                for row in rows.select_related("provider_account").order_by("id")
            ]

        effects = {
            "again": [
                _("The hub looks once more whether it knows a payment by the ids in each of them."),
                _("What they say is recorded as if it came now; nothing is recorded twice."),
            ],
            "not-ours": [
                _("They are tried no more, and their operator items are resolved with your name and reason."),
                _(
                    "Choose this only if another system uses the same provider account: payments of ours may be behind them."
                ),
            ],
        }
        return Bulk(
            action=_ACTIONS[name],
            title=_("Look at several notifications again")
            if name == "again"
            else _("Several notifications are not ours"),
            effect=effects[name],
            targets=targets,
            url=reverse("admin:payments_inboxmessage_act_on_many", args=[name]),
            back=reverse("admin:payments_inboxmessage_changelist"),
        )

    def _viewed(self, request: HttpRequest, pk: uuid.UUID) -> InboxMessage:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("payment", "project", "provider_account")
        found: InboxMessage = get_object_or_404(rows, pk=pk)
        return found

    def _url(self, message: InboxMessage, name: str) -> str:
        return reverse("admin:payments_inboxmessage_act", args=[message.pk, name])

    @admin.display(description=gettext_lazy("Received (UTC)"), ordering="id")
    def when_came(self, message: InboxMessage) -> SafeString | str:
        """Write when it came."""
        return when(message.created_at)

    @admin.display(description=gettext_lazy("Done (UTC)"))
    def when_done(self, message: InboxMessage) -> SafeString | str:
        """Write when it was understood."""
        return when(message.done_at)

    @admin.display(description=gettext_lazy("Next try (UTC)"))
    def next_try(self, message: InboxMessage) -> SafeString | str:
        """Write when it is tried next."""
        return when(message.next_try_at)

    @admin.display(description=gettext_lazy("Provider"))
    def provider(self, message: InboxMessage) -> str:
        """Write the provider's name."""
        return provider_name(message.provider_account.provider)

    @admin.display(description=gettext_lazy("Provider account"))
    def account(self, message: InboxMessage) -> SafeString:
        """Link to the account."""
        return link_to(message.provider_account)

    @admin.display(description=gettext_lazy("Event key"))
    def event_key_shown(self, message: InboxMessage) -> SafeString | str:
        """Write the event's own key."""
        return code(message.event_key)

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, message: InboxMessage) -> SafeString:
        """Link to the payment it is about, once that is known."""
        return link_to(message.payment, message.payment.shop_transaction_id if message.payment else "")

    @admin.display(description=gettext_lazy("Request"))
    def request_line(self, message: InboxMessage) -> SafeString | str:
        """Write method and path; the opaque token of an account's own path is left out."""
        path = "/c/***" if message.path.startswith("/c/") else message.path
        return code(f"{message.method} {path}".strip())

    @admin.display(description=gettext_lazy("Query"))
    def query_view(self, message: InboxMessage) -> SafeString | str:
        """Show the query."""
        return block(pretty(message.query))

    @admin.display(description=gettext_lazy("Headers"))
    def headers_view(self, message: InboxMessage) -> SafeString | str:
        """Show the headers."""
        return block(pretty(message.headers))

    @admin.display(description=gettext_lazy("Body"))
    def body_view(self, message: InboxMessage) -> SafeString | str:
        """Show the body as text."""
        return block(body_text(body_of(message)))
