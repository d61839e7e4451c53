"""The tables of the core, one aggregate a file."""

from ._base import Mode
from .attempt import Attempt, PspReference
from .audit import AuditAction, AuditEntry, AuditOutcome
from .branding import ProjectBranding
from .bus import BusDeadLetter, BusMessage, BusReceipt, BusState
from .checkout_rule import CheckoutRule, MethodLimit
from .checkout_token import CheckoutToken
from .flow_manager import FlowCommand, FlowCommandState, FlowEvent, FlowSaga, FlowStep
from .guard_trip import GuardTrip
from .idempotency import IdempotencyRecord
from .inbox import InboxMessage, InboxState
from .machine import MachineDefinition
from .mail import Mail, MailAudience, MailChannel, MailProfile, MailState, MailTemplate, MailTry
from .merchant import ApiKey, Principal, Project, Scope, Standing
from .movement import Movement
from .operator_item import OperatorItem
from .order_intent import OrderIntent
from .outbox import OutboxEvent
from .payment import CaptureMode, Payment, PaymentType
from .payment_link import PaymentLink, PaymentLinkUse
from .periodic_run import PeriodicRun
from .provider_account import AccountStanding, ProviderAccount
from .refund import Refund
from .refund_batch import RefundBatch, RefundBatchRow
from .rollup import Rollup, RollupDay, RollupMark
from .saga_command import SagaCommand, SagaCommandState
from .subscription import Subscription, SubscriptionPeriod, SubscriptionTransition
from .subscription_notice import SubscriptionNotice
from .transition import Source, Transition
from .webhook_endpoint import Delivery, DeliveryState, DeliveryTry, WebhookEndpoint

__all__ = [
    "AccountStanding",
    "ApiKey",
    "Attempt",
    "AuditAction",
    "AuditEntry",
    "AuditOutcome",
    "BusDeadLetter",
    "BusMessage",
    "BusReceipt",
    "BusState",
    "CaptureMode",
    "CheckoutRule",
    "CheckoutToken",
    "Delivery",
    "DeliveryState",
    "DeliveryTry",
    "FlowCommand",
    "FlowCommandState",
    "FlowEvent",
    "FlowSaga",
    "FlowStep",
    "GuardTrip",
    "IdempotencyRecord",
    "InboxMessage",
    "InboxState",
    "MachineDefinition",
    "Mail",
    "MailAudience",
    "MailChannel",
    "MailProfile",
    "MailState",
    "MailTemplate",
    "MailTry",
    "MethodLimit",
    "Mode",
    "Movement",
    "OperatorItem",
    "OrderIntent",
    "OutboxEvent",
    "Payment",
    "PaymentLink",
    "PaymentLinkUse",
    "PaymentType",
    "PeriodicRun",
    "Principal",
    "Project",
    "ProjectBranding",
    "ProviderAccount",
    "PspReference",
    "Refund",
    "RefundBatch",
    "RefundBatchRow",
    "Rollup",
    "RollupDay",
    "RollupMark",
    "SagaCommand",
    "SagaCommandState",
    "Scope",
    "Source",
    "Standing",
    "Subscription",
    "SubscriptionNotice",
    "SubscriptionPeriod",
    "SubscriptionTransition",
    "Transition",
    "WebhookEndpoint",
]
