"""Where the card-testing guard has tripped, and its release by hand."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.checkout_forms import ReasonForm
from backoffice.display import block, pretty, when
from backoffice.links import page_of
from backoffice.requests import address_of
from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.models import GuardTrip
from payments.services.card_testing import release
from payments.services.checkout_rules import By

from ._read_only import ReadOnlyAdmin

_RELEASE = "payments.release_guardtrip"


@admin.register(GuardTrip)
class GuardTripAdmin(ReadOnlyAdmin):
    """Trips, the latest first."""

    list_display = ("standing", "subject", "project", "mode", "since", "ends", "released_by")
    list_filter = ("mode", "project")
    list_select_related = ("project",)
    ordering = ("-until", "-id")
    change_form_template = "backoffice/checkout/trip.html"
    fields = ("standing", "subject", "project", "mode", "since", "ends", "evidence_view", "released_by")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of releasing."""
        wrap = self.admin_site.admin_view
        mine = [path("<uuid:pk>/release/", wrap(self.release), name="payments_guardtrip_release")]
        return mine + list(super().get_urls())

    def title_of(self, row: GuardTrip) -> str:
        """Name whom it holds back."""
        return _("Card-testing guard · %(subject)s") % {"subject": row.subject}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer to release what is held back, to those who may."""
        row = more.get("obj")
        if isinstance(row, GuardTrip) and _holds(row) and request.user.has_perm(_RELEASE):
            context["release"] = reverse("admin:payments_guardtrip_release", args=[row.pk])
        return super().render_change_form(request, context, **more)

    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Release it, with a reason."""
        if not self.has_view_permission(request) or not request.user.has_perm(_RELEASE):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("project__principal"), pk=pk)
        form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
        if request.method == "POST" and form.is_valid():
            by = By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
            try:
                release(trip=row, by=by)
            except HubError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("%(subject)s may try again.") % {"subject": row.subject})
                return HttpResponseRedirect(page_of(row))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Release · %(subject)s") % {"subject": row.subject},
            "form": form,
            "back": page_of(row),
            "back_to": _("Back"),
            "button": _("Release"),
            "effect": [
                _("New tries of %(subject)s at %(project)s (%(mode)s) are taken again at once.")
                % {"subject": row.subject, "project": row.project, "mode": row.mode},
                _("Its counts begin anew; the guard trips again where cards go on being declined."),
                _("The operator item about it is resolved."),
            ],
        }
        return render(request, "backoffice/checkout/form.html", context)

    @admin.display(description=gettext_lazy("Standing"))
    def standing(self, row: GuardTrip) -> SafeString:
        """Tell whether it still holds."""
        look, word = ("open-item", _("Holds back")) if _holds(row) else ("resolved", _("Over"))
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, word)

    @admin.display(description=gettext_lazy("Tripped (UTC)"), ordering="tripped_at")
    def since(self, row: GuardTrip) -> SafeString | str:
        """Write since when."""
        return when(row.tripped_at)

    @admin.display(description=gettext_lazy("Until (UTC)"), ordering="until")
    def ends(self, row: GuardTrip) -> SafeString | str:
        """Write until when."""
        return when(row.until)

    @admin.display(description=gettext_lazy("Evidence"))
    def evidence_view(self, row: GuardTrip) -> SafeString | str:
        """Show what was counted."""
        return block(pretty(row.evidence))


def _holds(row: GuardTrip) -> bool:
    return row.until > clock.now()
