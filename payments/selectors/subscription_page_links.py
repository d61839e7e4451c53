"""The address of a customer's own page of a subscription: whoever has it may see, pay and cancel that one."""

import uuid

from django.core.signing import BadSignature, Signer

from payments.models import Subscription
from payments.selectors.branding import public_base

_signer = Signer(salt="payments.subscription-page")


def page_url(subscription: Subscription) -> str:
    """Return the signed address of its page. It holds as long as the subscription is kept."""
    return f"{public_base(subscription.project)}/payment/subscription/{_signer.sign(subscription.id.hex)}"


def subscription_of(token: str) -> Subscription | None:
    """Read the subscription that an address names; None for what this hub has not signed."""
    try:
        key = uuid.UUID(hex=_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    return Subscription.objects.select_related("project").filter(pk=key).first()
