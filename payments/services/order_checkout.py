"""Start an order's payment where the customer does it: an address signed for one intent, which opens its session once."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer

from paymenthub.kernel import clock
from paymenthub.kernel.errors import NotFound, WrongState
from paymenthub.kernel.money import Money
from payments.domain.attempt import AttemptKind, AttemptState
from payments.domain.checkout import Stage
from payments.domain.order_words import OrderStatus
from payments.models import Attempt, OrderIntent, Payment
from payments.selectors.checkout import stage_of

from .authorize_order import capture_mode
from .charge_order import charge_order
from .open_payment import OpenCommand, open_payment
from .order_choices import Choice, choices
from .results import PayOutcome

_PATH = "payment/start"
_CAN_GO_ON = (Stage.CHOOSE, Stage.AT_PROVIDER, Stage.FAILED_TRY_AGAIN)


def _signer() -> Signer:
    return Signer(salt="payments.order.start")


def checkout_url(intent: OrderIntent) -> str:
    """Return the address at which the customer pays; nothing where no customer is waited for."""
    if intent.status != OrderStatus.REQUESTED or intent.cancelled_at is not None:
        return ""
    waits = not intent.has_token if intent.payment_id is None else _waits_for_customer(intent)
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
        return _waits_for_customer(intent)
    return not intent.has_token and intent.expires_at is not None and intent.expires_at > clock.now()


def ways_to_pay(intent: OrderIntent) -> list[Choice]:
    """List what the customer may choose from; the one that was chosen, once there is one."""
    given = intent.payment or intent
    return choices(intent.project, intent.mode, intent.currency, provider=given.provider, method=given.method)


def open_checkout(intent: OrderIntent, *, evidence: str) -> Payment | None:
    """Open the payment of an intent whose customer chooses the method, once; None where it was charged by a token, or can
    be started no more."""
    if intent.payment is not None:
        return intent.payment if intent.payment.in_checkout else None
    if not may_start(intent):
        return None
    ways = ways_to_pay(intent) if intent.provider or intent.method else []
    if (intent.provider or intent.method) and not ways:
        return None
    command = OpenCommand(
        project=intent.project,
        mode=intent.mode,
        money=Money(intent.amount, intent.currency),
        shop_transaction_id=str(intent.order_id),
        buyer={"id": str(intent.customer_id)} if intent.customer_id else {},
        capture_mode=capture_mode(),
        allowed_methods=[f"{way.provider}/{way.method}" for way in ways],
        expires_at=intent.expires_at,
        evidence=evidence,
        order_intent_id=intent.id,
    )
    try:
        return open_payment(command)
    except WrongState:  # it was cancelled a moment ago
        return None


def go_on(intent: OrderIntent, *, evidence: str) -> PayOutcome:
    """Go on with a payment that a token has charged and that waits for its customer, or to be sent again.

    Raises WrongState where it cannot be started any more, and otherwise as `pay`.
    """
    if not may_start(intent):
        raise WrongState("This payment cannot be started any more.")
    return charge_order(intent, provider="", method="", provider_data={}, evidence=evidence)


def _waits_for_customer(intent: OrderIntent) -> bool:
    if intent.payment is not None and intent.payment.in_checkout:
        return stage_of(intent.payment).stage in _CAN_GO_ON
    paying = Attempt.objects.filter(payment_id=intent.id, kind__in=(AttemptKind.PAY, AttemptKind.AUTHORIZE))
    latest = paying.order_by("-created_at").first()
    if latest is None:
        return False
    with_page = latest.state == AttemptState.PENDING and bool(latest.redirect_url or latest.redirect_url_mobile)
    return with_page or latest.state == AttemptState.NOT_SENT
