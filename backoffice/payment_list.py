"""The list of payments: its tabs, orders, columns and sums."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backoffice.lists.listing import Listing, Sort, Tab
from backoffice.lists.pages import Order
from backoffice.payment_filters import PAYMENT_FILTERS, filtered_payments
from backoffice.search import find_payments

_BY_AMOUNT = ("amount", "created_at", "id")
_ONE_CURRENCY = _("Amounts can be put in order within one currency only: choose a currency first.")

PAYMENTS = Listing(
    key="payments",
    filters=PAYMENT_FILTERS,
    search=find_payments,
    search_help=_("Shop id, provider's id, pay_…, e-mail, 12.50 EUR, link code"),
    rows=filtered_payments,
    tabs=(
        Tab(_("All")),
        Tab(_("Paid"), {"status": "1"}),
        Tab(_("Created"), {"status": "0"}),
        Tab(_("Totally refunded"), {"status": "3"}),
        Tab(_("Partially refunded"), {"status": "2"}),
        Tab(_("Failed"), {"status": "1000"}),
        Tab(_("Authorised"), {"status": "20"}),
        Tab(_("In doubt"), {"doubt": "yes"}),
    ),
    tab_names=("status", "doubt"),
    sorts={
        "newest": Sort(_("Newest first"), Order()),
        "oldest": Sort(_("Oldest first"), Order(falling=False)),
        "highest": Sort(_("Highest amount first"), Order(_BY_AMOUNT), "currency", _ONE_CURRENCY),
        "lowest": Sort(_("Lowest amount first"), Order(_BY_AMOUNT, falling=False), "currency", _ONE_CURRENCY),
    },
    columns={
        "status": _("Status"),
        "created": _("Date (UTC)"),
        "shop_id": _("Transaction ID"),
        "money": _("Amount"),
        "paid_by": _("Method"),
        "provider_label": _("Provider"),
        "channel": _("Channel"),
        "type_shown": _("Type"),
        "project": _("Project"),
        "mode": _("Mode"),
        "buyer_email": _("Buyer's e-mail"),
        "refunded": _("Refunded"),
    },
    usual=("status", "created", "shop_id", "money", "paid_by", "provider_label", "channel", "type_shown"),
    sums={
        "sum_amount": (_("Amount"), F("amount")),
        "sum_captured": (_("Captured"), F("captured")),
        "sum_refunded": (_("Refunded"), F("refunded_by_us") + F("refunded_elsewhere")),
    },
)
