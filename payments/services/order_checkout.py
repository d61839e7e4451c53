"""Start an order's payment where the customer does it: an address signed for one intent, which opens its session once."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer

from paymenthub.kernel import clock
from paymenthub.kernel.errors import DuplicateTransaction, NotFound, WrongState
from payments.domain.attempt import AttemptKind, AttemptState
from payments.domain.order_words import OrderStatus
from payments.models import Attempt, OrderIntent

from .charge_order import charge_order
from .order_choices import Choice, choices
from .results import PayOutcome

_PATH = "payment/start"


def _signer() -> Signer:
    return Signer(salt="payments.order.start")


def checkout_url(intent: OrderIntent) -> str:
    """Return the address at which the customer pays; nothing where no customer is waited for."""
    if intent.status != OrderStatus.REQUESTED or intent.cancelled_at is not None:
        return ""
    waits = not intent.has_token if intent.payment_id is None else _waits_for_customer(intent.id)
    return f"{settings.HUB_PUBLIC_URL}/{_PATH}/{_signer().sign(intent.id.hex)}" if waits else ""


def intent_of(token: str) -> OrderIntent:
    """Find the intent that an address was signed for. Raises NotFound."""
    try:
        intent_id = uuid.UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        raise NotFound("There is no such payment to start.") from None
    intent = OrderIntent.objects.select_related("payment", "project").filter(pk=intent_id).first()
    if intent is None:
        raise NotFound("There is no such payment to start.")
    return intent


def may_start(intent: OrderIntent) -> bool:
    """Tell whether the customer can still pay: nothing has decided it, and its time is not over."""
    if intent.status != OrderStatus.REQUESTED or intent.cancelled_at is not None:
        return False
    if intent.payment_id is not None:
        return _waits_for_customer(intent.id)
    return not intent.has_token and intent.expires_at is not None and intent.expires_at > clock.now()


def ways_to_pay(intent: OrderIntent) -> list[Choice]:
    """List what the customer may choose from; the one that was chosen, once there is one."""
    given = intent.payment or intent
    return choices(intent.project, intent.mode, intent.currency, provider=given.provider, method=given.method)


def start(intent: OrderIntent, choice: Choice, *, evidence: str) -> PayOutcome:
    """Begin the payment by what the customer chose; clicked twice, whatever the second choice, it is the first's session.

    Raises WrongState where it cannot be started any more, and otherwise as `pay`.
    """
    if not may_start(intent):
        raise WrongState("This payment cannot be started any more.")
    try:
        return charge_order(intent, provider=choice.provider, method=choice.method, provider_data={}, evidence=evidence)
    except DuplicateTransaction:
        # Another click was faster, with another choice.
        again = intent_of(_signer().sign(intent.id.hex))
        if again.payment_id is None:
            raise
        return charge_order(again, provider="", method="", provider_data={}, evidence=evidence)


def _waits_for_customer(payment_id: uuid.UUID) -> bool:
    paying = Attempt.objects.filter(payment_id=payment_id, kind__in=(AttemptKind.PAY, AttemptKind.AUTHORIZE))
    latest = paying.order_by("-created_at").first()
    if latest is None:
        return False
    with_page = latest.state == AttemptState.PENDING and bool(latest.redirect_url or latest.redirect_url_mobile)
    return with_page or latest.state == AttemptState.NOT_SENT
