"""Payment links: how each stands, its payments, its QR code, and making, ending and extending one."""

from typing import Any, Literal
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import visible_projects
from backoffice.display import code, label, pretty, when
from backoffice.link_forms import ChangeLinkForm, NewLinkForm
from backoffice.links import link_to, page_of
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.money import Money
from payments.domain import qr
from payments.models import Payment, PaymentLink
from payments.selectors import links
from payments.services.links.change import LinkChange
from payments.services.links.operate import By, change_by, make_by

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_paymentlink"
_PRINT_SCALE = 20  # pixels a module: about 1000 pixels wide
_PAYMENTS = 50  # of one link, the newest
_LOOKS = {"open": "open", "used": "succeeded", "expired": "unknown", "disabled": "declined"}


@admin.register(PaymentLink)
class PaymentLinkAdmin(ReadOnlyAdmin):
    """Payment links. The address of one is on its own page only: whoever has it may ask for money in the shop's name."""

    list_display = ("created", "order", "amount_shown", "standing", "uses_shown", "ends", "project", "mode")
    list_filter = (("created_at", admin.DateFieldListFilter), "project", "mode")
    list_select_related = ("project",)
    search_fields = ("shop_transaction_id", "code")
    search_help_text = gettext_lazy("The order's id, or the code of an address")
    list_before_template = "backoffice/links/new.html"
    change_form_template = "backoffice/item.html"
    fields = (
        "standing",
        "address",
        "qr_code",
        "order",
        "amount_shown",
        "uses_shown",
        "ends",
        "switched_off",
        "description",
        "buyer_shown",
        "methods",
        "locale",
        "project",
        "mode",
        "created",
        "payments_view",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of making and changing, and the QR code."""
        wrap = self.admin_site.admin_view
        mine = [
            path("new/", wrap(self.new), name="payments_paymentlink_new"),
            path("<uuid:pk>/edit/", wrap(self.edit), name="payments_paymentlink_edit"),
            path("<uuid:pk>/qr.svg", wrap(self.qr), name="payments_paymentlink_qr"),
            path("<uuid:pk>/qr.png", wrap(self.qr_png), name="payments_paymentlink_qr_png"),
        ]
        return mine + list(super().get_urls())

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the uses along."""
        return links.with_paid(super().get_queryset(request))

    def title_of(self, row: PaymentLink) -> str:
        """Name it by its order."""
        return _("Payment link: %(order)s") % {"order": row.shop_transaction_id}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Offer to make one above the list."""
        new = reverse("admin:payments_paymentlink_new") if request.user.has_perm(_EDIT) else ""
        response: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "new_link": new})
        return response

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponseBase:
        """Offer to change it."""
        link = more.get("obj")
        if isinstance(link, PaymentLink) and request.user.has_perm(_EDIT):
            url = reverse("admin:payments_paymentlink_edit", args=[link.pk])
            context["actions"] = [{"verb": _("Change, end or extend"), "icon": "edit", "dangerous": False, "url": url}]
        return super().render_change_form(request, context, **more)

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make a link."""
        self._may_edit(request)
        form = NewLinkForm(visible_projects(request.user), request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                link = make_by(form.command(), self._by(request, form.cleaned_data["note"]))
            except HubError as error:
                form.add_error("shop_transaction_id" if error.param == "shopTransactionId" else None, error.message)
            else:
                messages.success(request, _("The link is made. Its address and QR code are below."))
                return HttpResponseRedirect(page_of(link))
        back = reverse("admin:payments_paymentlink_changelist")
        return self._form(request, _("Make a payment link"), form, back)

    def edit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """End, open or extend a link."""
        self._may_edit(request)
        link = get_object_or_404(self.get_queryset(request).select_related("project"), pk=pk)
        form = (
            ChangeLinkForm(request.POST)
            if request.method == "POST"
            else ChangeLinkForm(initial=ChangeLinkForm.initial_of(link))
        )
        if request.method == "POST" and form.is_valid():
            wanted = form.change(link)
            try:
                if wanted != LinkChange():
                    change_by(link.pk, wanted, self._by(request, form.cleaned_data["note"]))
            except HubError as error:
                form.add_error("expires_at" if error.param == "expiresAt" else None, error.message)
            else:
                same = _("Nothing was another than before.") if wanted == LinkChange() else _("The link was changed.")
                messages.success(request, same)
                return HttpResponseRedirect(page_of(link))
        return self._form(
            request, _("Change a payment link · %(order)s") % {"order": link.shop_transaction_id}, form, page_of(link)
        )

    def qr(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Draw the QR code; with `?download` as a file."""
        return self._picture(request, pk, "svg", 5)

    def qr_png(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Draw it as a PNG that is large enough for print."""
        return self._picture(request, pk, "png", _PRINT_SCALE)

    def _picture(self, request: HttpRequest, pk: UUID, kind: Literal["svg", "png"], scale: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        link = get_object_or_404(self.get_queryset(request), pk=pk)
        picture = qr.picture(links.url_of(link), kind, scale=scale)
        answer = HttpResponse(picture, content_type=qr.MEDIA_TYPES[kind])
        answer["Cache-Control"] = "private, no-store"
        if "download" in request.GET:
            answer["Content-Disposition"] = f'attachment; filename="payment-link-{link.public_id}.{kind}"'
        return answer

    def _form(self, request: HttpRequest, title: str, form: Any, back: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "back": back}
        return render(request, "backoffice/links/form.html", context)

    def _may_edit(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request) or not request.user.has_perm(_EDIT):
            raise PermissionDenied

    def _by(self, request: HttpRequest, note: str) -> By:
        return By(request.user.get_username(), address_of(request), note)

    @admin.display(description=gettext_lazy("Order"), ordering="shop_transaction_id")
    def order(self, link: PaymentLink) -> str:
        """Write the order's id."""
        return link.shop_transaction_id

    @admin.display(description=gettext_lazy("Amount"))
    def amount_shown(self, link: PaymentLink) -> str:
        """Write the amount, or the bounds."""
        if link.money is not None:
            return str(link.money)
        low, high = Money(link.min_amount or 0, link.currency), Money(link.max_amount or 0, link.currency)
        return _("%(low)s to %(high)s") % {"low": f"{low.to_decimal():f}", "high": high}

    @admin.display(description=gettext_lazy("Status"))
    def standing(self, link: Any) -> SafeString:
        """Draw how it stands."""
        status = links.status_of(link, links.Uses(paid=link.paid_uses)).value
        return format_html('<span class="hub-state hub-state--{}">{}</span>', _LOOKS[status], label(status))

    @admin.display(description=gettext_lazy("Paid"))
    def uses_shown(self, link: Any) -> str:
        """Write how often it was paid, and may be."""
        return _("%(paid)s of %(most)s") % {"paid": link.paid_uses, "most": link.max_uses or _("any number")}

    @admin.display(description=gettext_lazy("Ends (UTC)"), ordering="expires_at")
    def ends(self, link: PaymentLink) -> SafeString | str:
        """Write until when a payment may be begun."""
        return when(link.expires_at)

    @admin.display(description=gettext_lazy("Switched off (UTC)"))
    def switched_off(self, link: PaymentLink) -> SafeString | str:
        """Write since when."""
        return when(link.disabled_at)

    @admin.display(description=gettext_lazy("Address"))
    def address(self, link: PaymentLink) -> SafeString | str:
        """Write what customers are given."""
        return code(links.url_of(link))

    @admin.display(description=gettext_lazy("QR code"))
    def qr_code(self, link: PaymentLink) -> SafeString:
        """Show the picture."""
        svg = reverse("admin:payments_paymentlink_qr", args=[link.pk])
        png = reverse("admin:payments_paymentlink_qr_png", args=[link.pk])
        return format_html(
            '<img class="hub-qr" src="{}" alt="{}" width="205" height="205"><a class="hub-link" href="{}?download">{}</a> · '
            '<a class="hub-link" href="{}?download">{}</a>',
            svg,
            _("QR code of the link's address"),
            svg,
            _("Download as SVG"),
            png,
            _("Download as PNG"),
        )

    @admin.display(description=gettext_lazy("Buyer"))
    def buyer_shown(self, link: PaymentLink) -> str:
        """Write who is to pay."""
        return pretty(link.buyer) or "—"

    @admin.display(description=gettext_lazy("Methods"))
    def methods(self, link: PaymentLink) -> str:
        """Write which methods may be offered."""
        return ", ".join(link.allowed_methods) or _("All")

    @admin.display(description=gettext_lazy("Payments"))
    def payments_view(self, link: PaymentLink) -> SafeString | str:
        """List what was begun with it."""
        rows = Payment.objects.filter(link_id=link.pk).order_by("-created_at", "-id")[:_PAYMENTS]
        shown = [(link_to(row, row.shop_transaction_id), str(row.money), label(row.state)) for row in rows]
        if not shown:
            return "—"
        return format_html(
            '<table class="hub-table"><thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
            '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>',
            _("Payment"),
            _("Amount"),
            _("State"),
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", shown),
        )
