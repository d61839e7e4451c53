"""What an event from outside commands at a PSP: account, money and method come from our rows, never from the event.

The attempt is written READY; the checks are those of the services that order systems call.
"""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel.errors import InvalidField, WrongState
from paymenthub.kernel.money import Money
from payments.attempts import provider_data, requests
from payments.domain.attempt import AttemptKind
from payments.domain.machine import Decision, Machine
from payments.models import Attempt, CaptureMode, Payment
from payments.saga import advance as saga
from payments.saga import commands, steps
from payments.saga.change import Change

from .cancel import command_cancel
from .capture import CaptureCommand, command_capture
from .ordering import Fed, refuse_while_undecided, sent_just_now, wrong_state
from .refund import RefundCommand, command_refund


def enter(
    change: Change, machine: Machine, decision: Decision, delta: dict[str, Any], kept: Mapping[str, Any] | None
) -> Attempt | None:
    """Feed the saga an event that it has a way for; return the attempt that is commanded by it, to be sent.

    `kept` is the providerData that waited for the steps before the charge. Raises what the operation's service raises.
    """
    payment, command = change.payment, decision.command
    fed = Fed(decision.event, delta)
    if command is None or steps.is_outside(machine, command):
        if command is not None and command.is_psp:
            payment.expires_at = None  # whoever is asked for the operation says how it ends, and not time
        saga.advance(change, [decision.event], delta=delta)
        return None
    match commands.KIND_OF_CHANNEL.get(command.channel):
        case AttemptKind.LINK:
            return _charge(change, fed, kept, AttemptKind.LINK)
        case AttemptKind.PAY | AttemptKind.AUTHORIZE:
            held = payment.capture_mode == CaptureMode.MANUAL
            return _charge(change, fed, kept, AttemptKind.AUTHORIZE if held else AttemptKind.PAY)
        case AttemptKind.CAPTURE:
            amount = _amount(delta, "captureRequestData")
            return command_capture(change, CaptureCommand(payment, amount), fed)
        case AttemptKind.REFUND:
            amount = _amount(delta, "refundRequestData") or payment.refundable
            if not amount:
                raise wrong_state(payment, "refunded")
            return command_refund(change, RefundCommand(payment, Money(amount, payment.currency)), fed)
        case AttemptKind.CANCEL:
            return command_cancel(change, fed)
        case _:
            raise WrongState(f"{command.channel} cannot be commanded by an event from outside.")


def commanded_just_now(
    payment: Payment, machine: Machine, decision: Decision, delta: Mapping[str, Any]
) -> Attempt | None:
    """Find an equal refund or capture that is still open, or younger than a minute: the same event sent twice."""
    command = decision.command
    if command is None or steps.is_outside(machine, command):
        return None
    match commands.KIND_OF_CHANNEL.get(command.channel):
        case AttemptKind.CAPTURE:
            return sent_just_now(payment, AttemptKind.CAPTURE, _amount(delta, "captureRequestData"))
        case AttemptKind.REFUND:
            amount = _amount(delta, "refundRequestData") or payment.refundable or payment.captured
            return sent_just_now(payment, AttemptKind.REFUND, amount)
    return None


def _charge(change: Change, fed: Fed, kept: Mapping[str, Any] | None, kind: AttemptKind) -> Attempt:
    """Command the one payment of an intent: as the order system asked for it, held or taken, and once."""
    payment = change.payment
    refuse_while_undecided(payment)
    if payment.claimed_shop_transaction_id is None or payment.authorized or payment.captured:
        raise wrong_state(payment, "charged")
    order = commands.Order(
        account=payment.account,
        money=payment.money,
        method=payment.method,
        has_provider_data=payment.has_provider_data,
        kind=kind,
    )
    payment.expires_at = payment.checkout_ends_at  # where there is none, the PSP says how long there is to pay
    saga.advance(change, [fed.event], order=order, delta=fed.delta)
    attempt = change.new_attempts[0]
    request = requests.pay_request(payment, attempt, payment.account, kept or {})
    attempt.request_digest = requests.digest(request)
    if kept is not None:
        provider_data.keep(attempt.id, kept)
    payment.has_provider_data = False
    return attempt


def _amount(delta: Mapping[str, Any], name: str) -> int | None:
    """Read an amount (minor units) as the Flow Manager sends it; None where the event names none."""
    data = delta.get(name)
    amount = data.get("amount") if isinstance(data, Mapping) else None
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0):
        raise InvalidField("An amount is a whole number of minor units above zero.", param=f"{name}.amount")
    return amount
