"""What a state commands: a command to a PSP is an attempt row, written before anything is sent."""

import datetime as dt
from dataclasses import dataclass

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import UnsupportedOperation
from paymenthub.kernel.money import Money
from payments.domain.attempt import AttemptKind, AttemptState
from payments.domain.machine import PSP_CHANNELS, Command
from payments.models import Attempt, Payment, ProviderAccount, Refund

from . import loader
from .change import Change

KIND_OF_CHANNEL = {
    "pay": AttemptKind.PAY,
    "authorize": AttemptKind.AUTHORIZE,
    "subscriptionScheduledRequested": AttemptKind.SUBSCRIPTION_SCHEDULE,
    "subscriptionStart": AttemptKind.SUBSCRIPTION_START,
    "subscriptionPaymentRequested": AttemptKind.SUBSCRIPTION_PAY,
    "createLink": AttemptKind.LINK,
    "capture": AttemptKind.CAPTURE,
    "cancel": AttemptKind.CANCEL,
    "refund": AttemptKind.REFUND,
}


class CommandWithoutOrder(RuntimeError):
    """The machine commands a PSP operation for which nobody said what it is to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a PSP command is to do. `lease_seconds`: the caller runs it itself, for at most so long."""

    account: ProviderAccount
    money: Money
    method: str = ""
    lease_seconds: float | None = None
    request_digest: str = ""
    has_provider_data: bool = False
    final_capture: bool = True
    refund: Refund | None = None
    kind: AttemptKind | None = None
    """Another kind than the channel's: a cancel of what nobody has paid yet closes its session."""
    idempotency_key: str = ""
    """Empty: one made of the attempt's id. A renewal's is made of what it renews, so that no two could be given."""


def issue(change: Change, command: Command, order: Order | None) -> Attempt | None:
    """Write the attempt of a PSP command; commands on other channels are rows of their own (`steps.py`)."""
    kind = KIND_OF_CHANNEL.get(command.channel)
    if kind is None:
        return None
    if order is None:
        raise CommandWithoutOrder(f"{command.channel} from {change.payment.state}")
    return write_attempt(change, order.kind or kind, order)


def hand_over(change: Change, command: Command, order: Order | None) -> None:
    """Write the attempt of a PSP command that goes to a channel of the machine's own: nobody here sends it or asks about
    it, the step does, and events from there say how it went. Without an order it is a step and no operation."""
    kind = KIND_OF_CHANNEL.get(command.channel)
    if kind is None or order is None:
        return
    attempt = _attempt(change, order.kind or kind, order)
    attempt.state, attempt.lease_until, attempt.next_check_at = AttemptState.OPEN, None, None
    for step in change.commands:
        if step.transition_number == change.payment.state_number and step.position == 0:
            step.attempt = attempt


def goes_outside(payment: Payment) -> bool:
    """Tell whether a payment's machine sends the operations of a provider to channels of its own."""
    try:
        machine = loader.machine(payment.machine, payment.machine_version)
    except loader.UnknownMachine:
        return False
    return not PSP_CHANNELS.isdisjoint(machine.channels)


def write_attempt(change: Change, kind: AttemptKind, order: Order) -> Attempt:
    """Write an attempt row: what will be asked of the PSP, under which key, and who runs it until when.

    Raises UnsupportedOperation where the payment is an outside channel's: the PSP here knows nothing of it.
    """
    if goes_outside(change.payment):
        raise UnsupportedOperation(f"The channels of this payment's machine offer no {kind.value}.")
    return _attempt(change, kind, order)


def _attempt(change: Change, kind: AttemptKind, order: Order) -> Attempt:
    now = clock.now()
    lease_until = None if order.lease_seconds is None else now + dt.timedelta(seconds=order.lease_seconds)
    attempt = Attempt(
        id=ids.new_uuid(),
        project_id=change.payment.project_id,
        payment=change.payment,
        provider_account=order.account,
        kind=kind,
        method=order.method,
        amount=order.money.amount,
        currency=order.money.currency,
        final_capture=order.final_capture,
        refund=order.refund,
        request_digest=order.request_digest,
        has_provider_data=order.has_provider_data,
        state=AttemptState.READY if lease_until is None else AttemptState.OPEN,
        sent_at=now,
        lease_until=lease_until,
        # A runner that dies leaves the attempt to the reconciler as soon as its lease is over.
        next_check_at=lease_until or now,
    )
    attempt.idempotency_key = order.idempotency_key or f"ph-{attempt.id.hex}"
    change.new_attempts.append(attempt)
    return attempt
