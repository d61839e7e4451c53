"""The pages of the Django admin, one model a file."""

from .access_records import AccessRecordAdmin
from .api_keys import ApiKeyAdmin
from .approvals import RefundApprovalAdmin
from .attempts import AttemptAdmin
from .audit import AuditEntryAdmin
from .batches import ActionBatchAdmin
from .branding import ProjectBrandingAdmin
from .callbacks import DeliveryAdmin
from .checkout_rules import CheckoutRuleAdmin
from .dead_letters import BusDeadLetterAdmin
from .endpoints import WebhookEndpointAdmin
from .exports import ExportJobAdmin
from .flow import FlowCommandAdmin, FlowEventAdmin, FlowSagaAdmin
from .four_eyes_limits import ProjectRefundLimitAdmin
from .guard_trips import GuardTripAdmin
from .health import SystemHealthAdmin
from .inbox import InboxMessageAdmin
from .invoices import InvoiceAdmin, IssueJobAdmin
from .issuers import IssuerProfileAdmin
from .machines import MachineDefinitionAdmin
from .mail_profiles import MailProfileAdmin
from .mail_templates import MailTemplateAdmin
from .mails import MailAdmin
from .method_limits import MethodLimitAdmin
from .operator_items import OperatorItemAdmin
from .orders import OrderIntentAdmin
from .payment_links import PaymentLinkAdmin
from .payments import PaymentAdmin
from .people import HubGroupAdmin, HubUserAdmin
from .principals import PrincipalAdmin
from .projects import ProjectAdmin
from .provider_accounts import ProviderAccountAdmin
from .refunds import RefundAdmin
from .sessions import StaffSessionAdmin
from .steps import SagaCommandAdmin
from .subscriptions import SubscriptionAdmin

__all__ = [
    "AccessRecordAdmin",
    "ActionBatchAdmin",
    "ApiKeyAdmin",
    "AttemptAdmin",
    "AuditEntryAdmin",
    "BusDeadLetterAdmin",
    "CheckoutRuleAdmin",
    "DeliveryAdmin",
    "ExportJobAdmin",
    "FlowCommandAdmin",
    "FlowEventAdmin",
    "FlowSagaAdmin",
    "GuardTripAdmin",
    "HubGroupAdmin",
    "HubUserAdmin",
    "InboxMessageAdmin",
    "InvoiceAdmin",
    "IssueJobAdmin",
    "IssuerProfileAdmin",
    "MachineDefinitionAdmin",
    "MailAdmin",
    "MailProfileAdmin",
    "MailTemplateAdmin",
    "MethodLimitAdmin",
    "OperatorItemAdmin",
    "OrderIntentAdmin",
    "PaymentAdmin",
    "PaymentLinkAdmin",
    "PrincipalAdmin",
    "ProjectAdmin",
    "ProjectBrandingAdmin",
    "ProjectRefundLimitAdmin",
    "ProviderAccountAdmin",
    "RefundAdmin",
    "RefundApprovalAdmin",
    "SagaCommandAdmin",
    "StaffSessionAdmin",
    "SubscriptionAdmin",
    "SystemHealthAdmin",
    "WebhookEndpointAdmin",
]
