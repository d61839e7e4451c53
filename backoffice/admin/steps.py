"""Steps of the saga: what was asked of handlers and services beside the providers, with the last tries."""

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.display import block, pretty, when
from backoffice.links import link_to, page_of
from payments.models import AuditEntry, SagaCommand

from ._read_only import ReadOnlyAdmin


@admin.register(SagaCommand)
class SagaCommandAdmin(ReadOnlyAdmin):
    """Commands and side effects."""

    list_display = ("created", "channel", "label", "payment_link", "is_side_effect", "state", "tries", "next_try")
    list_filter = ("state", "is_side_effect", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("payment",)
    fields = (
        "channel",
        "label",
        "payment_link",
        "is_side_effect",
        "state",
        "answer",
        "created",
        "done",
        "next_try",
        "tries",
        "last_error",
        "log_view",
    )

    change_form_template = "backoffice/item.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of trying again."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/retry/", wrap(self.retry), name="payments_sagacommand_retry"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_sagacommand_acted"),
        ]
        return mine + list(super().get_urls())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer to try it again, where it was given up."""
        step = more.get("obj")
        if isinstance(step, SagaCommand):
            action, subject = catalogue.RETRY_STEP, Subject(step.payment, step=step)
            if action.is_possible(subject) and catalogue.may(request.user, action, subject):
                url = reverse("admin:payments_sagacommand_retry", args=[step.pk])
                context["actions"] = [{"verb": action.verb, "icon": action.icon, "dangerous": False, "url": url}]
        return super().render_change_form(request, context, **more)

    def retry(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Ask for a reason and have it tried again."""
        step = self._viewed(request, pk)
        return ask(request, catalogue.RETRY_STEP, Subject(step.payment, step=step), back=page_of(step))

    def acted(self, request: HttpRequest, pk: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
        """Show what came of it."""
        step = self._viewed(request, pk)
        row = get_object_or_404(AuditEntry, pk=entry, object_id=step.pk)
        return show_result(request, row, back=page_of(step), back_to=_("Back to the step"))

    def _viewed(self, request: HttpRequest, pk: uuid.UUID) -> SagaCommand:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: SagaCommand = get_object_or_404(self.get_queryset(request).select_related("payment", "project"), pk=pk)
        return found

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, command: SagaCommand) -> SafeString:
        """Link to the payment."""
        return link_to(command.payment, command.payment.shop_transaction_id)

    @admin.display(description=gettext_lazy("Next try (UTC)"), ordering="next_try_at")
    def next_try(self, command: SagaCommand) -> SafeString | str:
        """Write when it is tried next."""
        return when(command.next_try_at)

    @admin.display(description=gettext_lazy("Done (UTC)"))
    def done(self, command: SagaCommand) -> SafeString | str:
        """Write when it was done."""
        return when(command.done_at)

    @admin.display(description=gettext_lazy("Last tries"))
    def log_view(self, command: SagaCommand) -> SafeString | str:
        """Show the last tries."""
        return block(pretty(command.log))
