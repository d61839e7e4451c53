"""Mails: what was sent or not, every try, and sending one again."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions import catalogue
from backoffice.actions.subject import Subject
from backoffice.actions.views import ask, show_result
from backoffice.bulk.offering import BulkMixin
from backoffice.display import block, code, label, when
from backoffice.links import link_to, page_of
from backoffice.mails import content_of, frame, reason_words
from payments.models import AuditEntry, Mail
from payments.notifications.envelope import message_id

from ._read_only import ReadOnlyAdmin

_GONE = "erased, as its time is over"
_LOOKS = {"sent": "succeeded", "failed": "declined", "skipped": "unknown", "due": "open"}


@admin.register(Mail)
class MailAdmin(BulkMixin, ReadOnlyAdmin):
    """Mails. Recipients are masked in the list; a mail's page shows its content while it is kept."""

    bulk_on = "payments.mail"
    personal_data = True
    list_display = ("when_made", "standing", "what", "to_shown", "payment_link", "tries", "why", "project")
    list_filter = ("state", "audience", "event", "channel", ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("payment", "project")
    change_form_template = "backoffice/item.html"
    fields = (
        "standing",
        "why",
        "what",
        "audience",
        "channel",
        "to_shown",
        "payment_link",
        "language",
        "template",
        "message_id_shown",
        "when_made",
        "when_decided",
        "next_try",
        "tries_view",
        "subject_view",
        "html_view",
        "text_view",
        "files_view",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of sending again."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<uuid:pk>/resend/", wrap(self.resend), name="payments_mail_resend"),
            path("<uuid:pk>/acted/<uuid:entry>/", wrap(self.acted), name="payments_mail_acted"),
        ]
        return mine + list(super().get_urls())

    def title_of(self, row: Mail) -> str:
        """Name it by its event."""
        return _("Mail: %(event)s") % {"event": label(row.event).lower()}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer to send it again."""
        mail = more.get("obj")
        if isinstance(mail, Mail):
            action, subject = catalogue.RESEND, Subject(mail.payment, mail=mail)
            if action.is_possible(subject) and catalogue.may(request.user, action, subject):
                url = reverse("admin:payments_mail_resend", args=[mail.pk])
                context["actions"] = [{"verb": action.verb, "icon": action.icon, "dangerous": False, "url": url}]
        return super().render_change_form(request, context, **more)

    def resend(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for a reason and send it again."""
        mail = self._viewed(request, pk)
        return ask(request, catalogue.RESEND, Subject(mail.payment, mail=mail), back=page_of(mail))

    def acted(self, request: HttpRequest, pk: UUID, entry: UUID) -> HttpResponse:
        """Show what came of it."""
        mail = self._viewed(request, pk)
        row = get_object_or_404(AuditEntry, pk=entry, object_id=mail.pk)
        return show_result(request, row, back=page_of(mail), back_to=_("Back to the mail"))

    def _viewed(self, request: HttpRequest, pk: UUID) -> Mail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Mail = get_object_or_404(self.get_queryset(request).select_related("payment", "project"), pk=pk)
        return found

    @admin.display(description=gettext_lazy("Date (UTC)"), ordering="id")
    def when_made(self, mail: Mail) -> SafeString | str:
        """Write when it was written down."""
        return when(mail.created_at)

    @admin.display(description=gettext_lazy("Decided (UTC)"))
    def when_decided(self, mail: Mail) -> SafeString | str:
        """Write when it was sent, or given up."""
        return when(mail.decided_at)

    @admin.display(description=gettext_lazy("Next try (UTC)"))
    def next_try(self, mail: Mail) -> SafeString | str:
        """Write when it is tried next."""
        return when(mail.next_try_at)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, mail: Mail) -> SafeString:
        """Draw the state."""
        look = _LOOKS[mail.state]
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, mail.get_state_display())

    @admin.display(description=gettext_lazy("Mail"), ordering="event")
    def what(self, mail: Mail) -> str:
        """Write which mail it is."""
        return _("Given to /send") if mail.event == "api" else label(mail.event)

    @admin.display(description=gettext_lazy("To"))
    def to_shown(self, mail: Mail) -> str:
        """Write to whom, masked."""
        return mail.recipients_shown or "—"

    @admin.display(description=gettext_lazy("Payment"))
    def payment_link(self, mail: Mail) -> SafeString:
        """Link to the payment."""
        return link_to(mail.payment, mail.payment.shop_transaction_id if mail.payment else "")

    @admin.display(description=gettext_lazy("Why"))
    def why(self, mail: Mail) -> str:
        """Say why it was not sent."""
        return reason_words(mail) or "—"

    @admin.display(description=gettext_lazy("Message-ID"))
    def message_id_shown(self, mail: Mail) -> SafeString | str:
        """Write the id that the receiver sees; the same in every try."""
        return code(message_id(mail.pk))

    @admin.display(description=gettext_lazy("Tries"))
    def tries_view(self, mail: Mail) -> SafeString | str:
        """Show every try."""
        rows = list(mail.attempts.order_by("number"))
        return render_to_string("backoffice/_mail_tries.html", {"tries": rows}) if rows else "—"

    @admin.display(description=gettext_lazy("Subject"))
    def subject_view(self, mail: Mail) -> str:
        """Write the subject."""
        content = content_of(mail)
        return content.subject if content else _GONE if mail.recipients_shown else "—"

    @admin.display(description=gettext_lazy("As HTML"))
    def html_view(self, mail: Mail) -> SafeString | str:
        """Show the HTML in a frame."""
        content = content_of(mail)
        return frame(content.html) if content and content.html else "—"

    @admin.display(description=gettext_lazy("As text"))
    def text_view(self, mail: Mail) -> SafeString | str:
        """Show the text."""
        content = content_of(mail)
        return block(content.text) if content else "—"

    @admin.display(description=gettext_lazy("Attached"))
    def files_view(self, mail: Mail) -> str:
        """Name the files that came with it."""
        content = content_of(mail)
        return ", ".join(file.name for file in content.attachments) if content and content.attachments else "—"
