"""The pages of the Django admin, one model a file."""

from .api_keys import ApiKeyAdmin
from .attempts import AttemptAdmin
from .audit import AuditEntryAdmin
from .callbacks import DeliveryAdmin
from .endpoints import WebhookEndpointAdmin
from .inbox import InboxMessageAdmin
from .machines import MachineDefinitionAdmin
from .operator_items import OperatorItemAdmin
from .payments import PaymentAdmin
from .people import HubGroupAdmin, HubUserAdmin
from .principals import PrincipalAdmin
from .projects import ProjectAdmin
from .provider_accounts import ProviderAccountAdmin
from .refunds import RefundAdmin
from .steps import SagaCommandAdmin

__all__ = [
    "ApiKeyAdmin",
    "AttemptAdmin",
    "AuditEntryAdmin",
    "DeliveryAdmin",
    "HubGroupAdmin",
    "HubUserAdmin",
    "InboxMessageAdmin",
    "MachineDefinitionAdmin",
    "OperatorItemAdmin",
    "PaymentAdmin",
    "PrincipalAdmin",
    "ProjectAdmin",
    "ProviderAccountAdmin",
    "RefundAdmin",
    "SagaCommandAdmin",
    "WebhookEndpointAdmin",
]
