"""How a payment stands for the customer who is to pay it."""

from dataclasses import dataclass

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.attempt import CLOSING, EXCLUSIVE, PAYING, SUBSCRIBING, UNDECIDED, AttemptKind, AttemptState
from payments.domain.checkout import SWITCHED, Stage
from payments.domain.machine import Decision, decide
from payments.domain.subscription import RunBy
from payments.models import Attempt, CaptureMode, Payment

from . import machines

NOT_REACHED = "provider_not_reached"
"""The reason of a try of which surely nothing was sent."""
_ENDS = {"PAYMENT_EXPIRED": Stage.EXPIRED, "PAYMENT_CANCELLED": Stage.CANCELLED}
_OVER = (AttemptState.DECLINED, AttemptState.REJECTED, AttemptState.NOT_SENT)


@dataclass(frozen=True, slots=True)
class CheckoutStage:
    """A stage with what belongs to it: the provider's pages AT_PROVIDER, why the last try failed in FAILED_TRY_AGAIN and
    FAILED (a normalised decline reason, or `provider_not_reached`), and how many tries are left.

    `attempt` is the latest try, where there was one.
    """

    stage: Stage
    redirect_url: str = ""
    redirect_url_mobile: str = ""
    reason: str = ""
    tries_left: int = 0
    attempt: Attempt | None = None


def stage_of(payment: Payment) -> CheckoutStage:
    """Tell how a payment stands for its customer; one that was begun by `/pay` too, where nothing is left to choose."""
    attempts = list(payment.attempts.filter(kind__in=(*EXCLUSIVE, *CLOSING)).order_by("created_at", "id"))
    tries = [attempt for attempt in attempts if attempt.kind in PAYING]
    latest = tries[-1] if tries else None
    reason = reason_of(latest) if latest is not None else ""
    if payment.captured or payment.authorized or payment.was_free:
        return CheckoutStage(Stage.PAID, attempt=latest)
    if payment.claimed_shop_transaction_id is None:
        return CheckoutStage(_end_of(payment), reason=reason, attempt=latest)
    undecided = [attempt for attempt in attempts if attempt.state in UNDECIDED]
    if undecided:
        return _waiting(undecided, latest)
    if latest is None and payment.provider:
        return CheckoutStage(Stage.PROCESSING)  # a step before the charge is at work
    left = tries_left(payment, len(tries))
    if payment.checkout_ends_at is not None and payment.checkout_ends_at <= clock.now():
        return CheckoutStage(Stage.EXPIRED, reason=reason, attempt=latest)
    if not payment.in_checkout or not left or not may_begin(payment, again=bool(tries)):
        return CheckoutStage(Stage.FAILED, reason=reason, attempt=latest)
    if latest is None or latest.decline_code == SWITCHED:
        return CheckoutStage(Stage.CHOOSE, tries_left=left, attempt=latest)
    return CheckoutStage(Stage.FAILED_TRY_AGAIN, reason=reason, tries_left=left, attempt=latest)


def last_decline(payment: Payment) -> Attempt | None:
    """Return the latest try that failed; one whose session was closed for another method is none."""
    tries = payment.attempts.filter(kind__in=PAYING, state__in=_OVER).exclude(decline_code=SWITCHED)
    return tries.order_by("-created_at", "-id").first()


def reason_of(attempt: Attempt) -> str:
    """Say why a try failed, as one word; nothing where it has not."""
    if attempt.state == AttemptState.NOT_SENT:
        return attempt.decline_reason or NOT_REACHED
    return attempt.decline_reason if attempt.state in _OVER else ""


def tries_left(payment: Payment, tries: int) -> int:
    """Tell how many more tries a payment's customer has, after so many."""
    return max(0, settings.CHECKOUT_MAX_ATTEMPTS - tries)


def kind_of_try(payment: Payment) -> AttemptKind:
    """Name what a try asks of the PSP: of a subscription's payment a means for later ones as well."""
    if payment.subscription is not None:
        scheduled = payment.subscription.run_by == RunBy.PROVIDER and payment.subscription_period == 1
        return AttemptKind.SUBSCRIPTION_SCHEDULE if scheduled else AttemptKind.SUBSCRIPTION_START
    return AttemptKind.PAY if payment.capture_mode == CaptureMode.AUTOMATIC else AttemptKind.AUTHORIZE


def beginning_event(payment: Payment, *, again: bool) -> str:
    """Name the event by which a payment's saga is asked for a try, its first or another."""
    kind = kind_of_try(payment)
    if kind in SUBSCRIBING and not again:
        return "subscriptionStart" if kind is AttemptKind.SUBSCRIPTION_START else "subscriptionScheduledRequested"
    if payment.capture_mode == CaptureMode.AUTOMATIC:
        return "retryRequested" if again else "scheduleRequested"
    return "authorizationRetryRequested" if again else "paymentAuthorizationRequested"


def may_begin(payment: Payment, *, again: bool) -> bool:
    """Tell whether the payment's machine has a way to a try from where it is."""
    try:
        machine = machines.machine(payment.machine, payment.machine_version)
    except machines.UnknownMachine:
        return False
    if payment.state not in machine.states:
        return False
    return isinstance(decide(machine, payment.state, beginning_event(payment, again=again)), Decision)


def _waiting(undecided: list[Attempt], latest: Attempt | None) -> CheckoutStage:
    """Send the customer on where their session waits for them; what anything else is about is not known yet."""
    only = undecided[0] if len(undecided) == 1 else None
    is_open = only is not None and only == latest and only.state == AttemptState.PENDING
    if only is None or not is_open or not (only.redirect_url or only.redirect_url_mobile):
        return CheckoutStage(Stage.PROCESSING, attempt=latest)
    return CheckoutStage(Stage.AT_PROVIDER, only.redirect_url, only.redirect_url_mobile, attempt=latest)


def _end_of(payment: Payment) -> Stage:
    try:
        machine = machines.machine(payment.machine, payment.machine_version)
    except machines.UnknownMachine:
        return Stage.FAILED
    return _ENDS.get(machine.business_states.get(payment.business_state, ""), Stage.FAILED)
