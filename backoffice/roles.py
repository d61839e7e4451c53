"""The roles that the hub brings along, as data: which permissions each has, and what it asks of those who hold it.

`manage.py migrate` makes them as groups and brings them up to date in later versions (`services/sync_roles.py`).
"""

from dataclasses import dataclass

_VIEWING = (
    "invoices.view_invoice",
    "payments.view_attempt",
    "payments.view_delivery",
    "payments.view_mail",
    "payments.view_operatoritem",
    "payments.view_orderintent",
    "payments.view_payment",
    "payments.view_paymentlink",
    "payments.view_project",
    "payments.view_refund",
    "payments.view_subscription",
)
_SUPPORTING = (
    "payments.check_payment",
    "payments.resend_delivery",
    "payments.resend_mail",
    "payments.resolve_operatoritem",
    "payments.view_auditentry",
)
_REFUNDING = ("payments.refund_payment",)
_FINANCE = (
    "backoffice.approve_refund",
    "backoffice.export_rows",
    "backoffice.view_actionbatch",
    "backoffice.view_projectrefundlimit",
    "backoffice.view_refundapproval",
    "backoffice.view_dashboard",
    "invoices.issue_invoice",
    "invoices.view_issuejob",
    "invoices.view_issuerprofile",
    "payments.cancel_payment",
    "payments.cancel_subscription",
    "payments.capture_payment",
    "payments.decide_attempt",
    "payments.edit_paymentlink",
    "payments.expire_payment",
    "payments.refund_charged_back_payment",
    "payments.view_guardtrip",
)
_DEVELOPING = (
    "backoffice.view_health",
    "payments.advance_test_clock",
    "payments.edit_checkoutrule",
    "payments.edit_mailprofile",
    "payments.edit_mailtemplate",
    "payments.edit_methodlimit",
    "payments.edit_projectbranding",
    "payments.install_machine",
    "payments.manage_apikey",
    "payments.manage_provideraccount",
    "payments.manage_webhookendpoint",
    "payments.process_inboxmessage",
    "payments.retry_sagacommand",
    "payments.view_apikey",
    "payments.view_busdeadletter",
    "payments.view_checkoutrule",
    "payments.view_flowcommand",
    "payments.view_flowevent",
    "payments.view_flowsaga",
    "payments.view_inboxmessage",
    "payments.view_machinedefinition",
    "payments.view_mailprofile",
    "payments.view_mailtemplate",
    "payments.view_methodlimit",
    "payments.view_principal",
    "payments.view_projectbranding",
    "payments.view_provideraccount",
    "payments.view_sagacommand",
    "payments.view_webhookendpoint",
)
_ADMINISTRATING = (
    "auth.view_group",
    "auth.view_user",
    "backoffice.change_projectrefundlimit",
    "backoffice.manage_staff",
    "backoffice.view_accessrecord",
    "backoffice.view_session",
    "invoices.change_issuerprofile",
    "payments.change_project",
    "payments.manage_project",
    "payments.release_guardtrip",
)


@dataclass(frozen=True, slots=True)
class Role:
    """One role: permissions as `app.codename`; `two_factor`, `refunds_limited` as in `RolePolicy`."""

    name: str
    permissions: frozenset[str]
    two_factor: bool = False
    refunds_limited: bool = False


ROLES = (
    Role("viewer", frozenset(_VIEWING)),
    Role("support", frozenset(_VIEWING + _SUPPORTING)),
    Role("refunder", frozenset(_VIEWING + _SUPPORTING + _REFUNDING), refunds_limited=True),
    Role("finance", frozenset(_VIEWING + _SUPPORTING + _REFUNDING + _FINANCE), two_factor=True),
    Role("developer", frozenset(_VIEWING + _SUPPORTING + _DEVELOPING)),
    Role(
        "admin",
        frozenset(_VIEWING + _SUPPORTING + _REFUNDING + _FINANCE + _DEVELOPING + _ADMINISTRATING),
        two_factor=True,
    ),
)
