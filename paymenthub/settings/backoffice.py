"""The look of the Django admin (django-unfold): names, colours, the sidebar. Light or dark: as the user's system is."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _page(title: str, icon: str, model: str, *, app: str = "payments") -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.view_{model}"),
    }


UNFOLD = {
    "SITE_TITLE": "PaymentHub",
    "SITE_HEADER": "PaymentHub",
    "SITE_SUBHEADER": "Backoffice",
    "SITE_SYMBOL": "payments",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "backoffice.overview.index_context",
    "STYLES": [
        lambda request: static("backoffice/backoffice.css"),
        lambda request: static("backoffice/exports.css"),
    ],
    "COLORS": {
        "primary": {
            "50": "#eff6ff",
            "100": "#dbeafe",
            "200": "#bfdbfe",
            "300": "#93c5fd",
            "400": "#60a5fa",
            "500": "#3b82f6",
            "600": "#1d5fd1",
            "700": "#1a4fae",
            "800": "#1c438a",
            "900": "#1c3a70",
            "950": "#142647",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Payments",
                "separator": True,
                "items": [
                    _page("Payments", "credit_card", "payment"),
                    _page("Refunds", "undo", "refund"),
                    _page("Subscriptions", "autorenew", "subscription"),
                    _page("Attempts", "sync_alt", "attempt"),
                    _page("Invoices", "receipt_long", "invoice", app="invoices"),
                    _page("Payment links", "link", "paymentlink"),
                    _page("Orders", "shopping_bag", "orderintent"),
                    _page("Outside sagas", "hub", "flowsaga"),
                ],
            },
            {
                "title": "Operations",
                "separator": True,
                "items": [
                    _page("Operator items", "assignment_late", "operatoritem"),
                    _page("Invoices to issue", "pending_actions", "issuejob", app="invoices"),
                    _page("Card-testing guard", "shield", "guardtrip"),
                    _page("Audit trail", "history", "auditentry"),
                    {
                        "title": "Exports",
                        "icon": "download",
                        "link": reverse_lazy("admin:backoffice_exportjob_changelist"),
                        "permission": _may("backoffice.export_rows"),
                    },
                    _page("Callbacks sent", "outbox", "delivery"),
                    _page("Mails sent", "mail", "mail"),
                    _page("Steps", "account_tree", "sagacommand"),
                    _page("Notifications received", "inbox", "inboxmessage"),
                    _page("Dead letters", "unsubscribe", "busdeadletter"),
                    _page("Flow Manager's commands", "input", "flowcommand"),
                    _page("Flow Manager's events", "output", "flowevent"),
                ],
            },
            {
                "title": "Configuration",
                "separator": True,
                "items": [
                    _page("Principals", "corporate_fare", "principal"),
                    _page("Projects", "storefront", "project"),
                    _page("Provider accounts", "account_balance", "provideraccount"),
                    _page("Checkout rules", "alt_route", "checkoutrule"),
                    _page("Method limits", "tune", "methodlimit"),
                    _page("Machines", "account_tree", "machinedefinition"),
                    _page("Issuers", "business", "issuerprofile", app="invoices"),
                    _page("API keys", "key", "apikey"),
                    _page("Webhook endpoints", "webhook", "webhookendpoint"),
                    _page("Mail templates", "drafts", "mailtemplate"),
                    _page("Mail settings", "mark_email_read", "mailprofile"),
                    _page("Checkout looks", "palette", "projectbranding"),
                ],
            },
            {
                "title": "People",
                "separator": True,
                "items": [
                    _page("Users", "person", "user", app="auth"),
                    _page("Groups", "group", "group", app="auth"),
                ],
            },
        ],
    },
}
