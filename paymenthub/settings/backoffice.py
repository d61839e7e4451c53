"""The look of the Django admin (django-unfold): names, colours, the sidebar. Light or dark: as the user's system is."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _may(*permissions: str) -> Callable[[HttpRequest], bool]:
    return lambda request: any(request.user.has_perm(permission) for permission in permissions)


_BULK = (
    *("payments.refund_payment", "payments.capture_payment", "payments.cancel_payment", "payments.check_payment"),
    *("payments.resend_delivery", "payments.resend_mail", "payments.cancel_subscription", "backoffice.approve_refund"),
)


def _page(
    title: Any,
    icon: str,
    model: str,
    *,
    app: str = "payments",
    codename: str = "",
    also: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.{codename or 'view_' + model}", *also),
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
        lambda request: static("backoffice/lists.css"),
        lambda request: static("backoffice/actions.css"),
        lambda request: static("backoffice/configuration.css"),
        lambda request: static("backoffice/queue.css"),
        lambda request: static("backoffice/dashboard.css"),
        lambda request: static("backoffice/people.css"),
        lambda request: static("backoffice/exports.css"),
    ],
    "ACCOUNT": {"navigation": [{"title": _("My account"), "link": reverse_lazy("people:account")}]},
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
                    _page(
                        "Refund approvals",
                        "how_to_reg",
                        "refundapproval",
                        app="backoffice",
                        also=("backoffice.approve_refund", "payments.refund_payment"),
                    ),
                    _page("Bulk actions", "checklist", "actionbatch", app="backoffice", also=_BULK),
                    {
                        "title": "System health",
                        "icon": "monitor_heart",
                        "link": reverse_lazy("admin:backoffice_systemhealth_changelist"),
                        "permission": _may("backoffice.view_health"),
                    },
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
                    _page("Four-eyes limits", "visibility", "projectrefundlimit", app="backoffice"),
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
                    _page(_("Members of staff"), "person", "user", app="auth"),
                    _page(_("Roles"), "group", "group", app="auth"),
                    _page(_("Sessions"), "devices", "staffsession", app="backoffice", codename="view_session"),
                    _page(_("Sign-ins and views"), "visibility", "accessrecord", app="backoffice"),
                ],
            },
        ],
    },
}
