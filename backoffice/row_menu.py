"""What a row of the list of payments offers: only what is possible, and what the person may do."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from invoices.models import Invoice
from payments.models import Payment
from payments.selectors.possible_actions import refund_possible

from .links import page_of

_Entry = tuple[str, str, str]  # icon, words, address


def row_menus(user: User | AnonymousUser, rows: Sequence[Payment]) -> dict[UUID, list[_Entry]]:
    """Tell what each row offers, in one query for all of them. The pages behind check again."""
    invoices: dict[UUID, Any] = {}
    if rows and user.has_perm("invoices.view_invoice"):
        issued = Invoice.objects.filter(payment__in=[row.pk for row in rows], movement=None)
        invoices = dict(issued.values_list("payment_id", "pk"))
    may_refund = user.has_perm("payments.refund_payment")
    may_subscriptions = user.has_perm("payments.view_subscription")
    menus: dict[UUID, list[_Entry]] = {}
    for row in rows:
        entries = [("visibility", _("Detail"), page_of(row))]
        if may_refund and refund_possible(row):
            entries.append(("undo", _("Refund"), reverse("admin:payments_payment_act", args=[row.pk, "refund"])))
        if row.pk in invoices:
            pdf = reverse("admin:invoices_invoice_pdf", args=[invoices[row.pk]])
            entries.append(("receipt_long", _("Download invoice"), pdf))
        if may_subscriptions and row.subscription_id is not None:
            subscription = reverse("admin:payments_subscription_change", args=[row.subscription_id])
            entries.append(("autorenew", _("Go to subscription"), subscription))
        menus[row.pk] = entries
    return menus


def menu(row: Payment) -> SafeString:
    """Draw a row's menu: a button, and a list that the browser opens without a script."""
    entries: list[_Entry] = getattr(row, "menu", [])
    name = f"menu-{row.pk}"
    return format_html(
        '<button type="button" class="hub-menu-button" popovertarget="{0}" style="anchor-name:--{0}" aria-label="{1}">'
        '<span class="material-symbols-outlined" aria-hidden="true">more_vert</span></button>'
        '<div id="{0}" popover class="hub-menu" style="position-anchor:--{0}"><ul>{2}</ul></div>',
        name,
        _("Actions on %(id)s") % {"id": row.shop_transaction_id},
        format_html_join(
            "",
            '<li><a href="{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</a></li>',
            ((url, icon, words) for icon, words, url in entries),
        ),
    )
