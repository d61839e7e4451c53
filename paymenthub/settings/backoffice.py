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
    "SITE_SUBHEADER": _("Backoffice"),
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
                "title": _("Payments"),
                "separator": True,
                "items": [
                    _page(_("Payments"), "credit_card", "payment"),
                    _page(_("Refunds"), "undo", "refund"),
                    _page(_("Subscriptions"), "autorenew", "subscription"),
                    _page(_("Attempts"), "sync_alt", "attempt"),
                    _page(_("Invoices"), "receipt_long", "invoice", app="invoices"),
                    _page(_("Payment links"), "link", "paymentlink"),
                    _page(_("Orders"), "shopping_bag", "orderintent"),
                    _page(_("Outside sagas"), "hub", "flowsaga"),
                ],
            },
            {
                "title": _("Operations"),
                "separator": True,
                "items": [
                    _page(_("Operator items"), "assignment_late", "operatoritem"),
                    _page(
                        _("Refund approvals"),
                        "how_to_reg",
                        "refundapproval",
                        app="backoffice",
                        also=("backoffice.approve_refund", "payments.refund_payment"),
                    ),
                    _page(_("Bulk actions"), "checklist", "actionbatch", app="backoffice", also=_BULK),
                    {
                        "title": _("System health"),
                        "icon": "monitor_heart",
                        "link": reverse_lazy("admin:backoffice_systemhealth_changelist"),
                        "permission": _may("backoffice.view_health"),
                    },
                    _page(_("Invoices to issue"), "pending_actions", "issuejob", app="invoices"),
                    _page(_("Card-testing guard"), "shield", "guardtrip"),
                    _page(_("Audit trail"), "history", "auditentry"),
                    {
                        "title": _("Exports"),
                        "icon": "download",
                        "link": reverse_lazy("admin:backoffice_exportjob_changelist"),
                        "permission": _may("backoffice.export_rows"),
                    },
                    _page(_("Callbacks sent"), "outbox", "delivery"),
                    _page(_("Mails sent"), "mail", "mail"),
                    _page(_("Steps"), "account_tree", "sagacommand"),
                    _page(_("Notifications received"), "inbox", "inboxmessage"),
                    _page(_("Dead letters"), "unsubscribe", "busdeadletter"),
                    _page(_("Flow Manager's commands"), "input", "flowcommand"),
                    _page(_("Flow Manager's events"), "output", "flowevent"),
                ],
            },
            {
                "title": _("Configuration"),
                "separator": True,
                "items": [
                    _page(_("Principals"), "corporate_fare", "principal"),
                    _page(_("Projects"), "storefront", "project"),
                    _page(_("Provider accounts"), "account_balance", "provideraccount"),
                    _page(_("Four-eyes limits"), "visibility", "projectrefundlimit", app="backoffice"),
                    _page(_("Checkout rules"), "alt_route", "checkoutrule"),
                    _page(_("Method limits"), "tune", "methodlimit"),
                    _page(_("Machines"), "account_tree", "machinedefinition"),
                    _page(_("Issuers"), "business", "issuerprofile", app="invoices"),
                    _page(_("API keys"), "key", "apikey"),
                    _page(_("Webhook endpoints"), "webhook", "webhookendpoint"),
                    _page(_("Mail templates"), "drafts", "mailtemplate"),
                    _page(_("Mail settings"), "mark_email_read", "mailprofile"),
                    _page(_("Checkout looks"), "palette", "projectbranding"),
                ],
            },
            {
                "title": _("People"),
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
