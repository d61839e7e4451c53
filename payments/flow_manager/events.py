"""The ten events for an outside Flow Manager: what a change to a payment means in its words, written with the change."""

import uuid
from typing import Any

from django.conf import settings
from django.db.models import Max

from paymenthub.kernel import clock
from payments.domain.attempt import PAYING, AttemptKind, MovementKind, RefundState
from payments.domain.events import PaymentEvent, canonical
from payments.models import Attempt, FlowCommand, FlowEvent, FlowStep, Payment, Refund, Transition
from payments.saga.change import Change

BY_COMMAND = "saga:"
"""How the batch of a refund begins that a Flow Manager commanded."""
BY_NAME = "id:"
"""How the identity of a command begins that named its refund."""

_FAILED_AS: dict[str, str] = {
    PaymentEvent.PAYMENT_FAILED: "",
    PaymentEvent.PAYMENT_EXPIRED: "expired",
    PaymentEvent.PAYMENT_CANCELLED: "cancelled",
}
_REFUND_DECIDED = frozenset(
    {PaymentEvent.REFUND_FAILED, PaymentEvent.PARTIAL_REFUND_EXECUTED, PaymentEvent.TOTAL_REFUND_EXECUTED}
)
_SYSTEM_NAMES = {
    "ByTheSystem": ("paymentExecutedByTheSystem", "paymentFailedByTheSystem"),
    "BySystem": ("paymentExecutedBySystem", "paymentFailedBySystem"),
    "Frullino": ("paymentExecutedFrullino", "paymentExecutionFailedFrullino"),
    "plain": ("paymentExecuted", "paymentFailed"),
}


def tell_flow_manager(change: Change) -> None:
    """Write the events of a change to a payment whose saga an outside Flow Manager keeps; an observer of every change."""
    if not change.payment.flow_saga_id:
        return
    told = [event for transition in change.transitions for event in [_event_of(change, transition)] if event]
    if told:
        write(change.payment, told)


def write(payment: Payment, told: list[tuple[str, dict[str, Any], str]]) -> None:
    """Write the next events of a payment's saga: label, payload, and what each is about. The payment is locked or new."""
    number = _last_number(payment.project_id, payment.mode, payment.flow_saga_id)
    FlowEvent.objects.bulk_create(
        FlowEvent(
            project_id=payment.project_id,
            mode=payment.mode,
            saga_id=payment.flow_saga_id,
            number=number + place,
            label=label,
            payload=payload,
            payment=payment,
            about=about,
            next_try_at=clock.now(),
        )
        for place, (label, payload, about) in enumerate(told, start=1)
    )


def write_without_payment(*, project_id: Any, mode: str, saga_id: str, label: str, payload: dict[str, Any]) -> None:
    """Write an event of a saga of which no payment was made. IntegrityError where another one is written just now."""
    FlowEvent.objects.create(
        project_id=project_id,
        mode=mode,
        saga_id=saga_id,
        number=_last_number(project_id, mode, saga_id) + 1,
        label=label,
        payload=payload,
        about=FlowStep.PAY,
        next_try_at=clock.now(),
    )


def tell_consent(payment: Payment, attempt: Attempt | None, *, saga_id: str, error: str = "") -> None:
    """Tell, once, that a customer is asked for consent to a subscription, or that it was refused; inside a transaction."""
    known = FlowEvent.objects.filter(project_id=payment.project_id, mode=payment.mode, saga_id=saga_id)
    if known.exists():
        return
    payload: dict[str, Any] = {"paymentId": payment.wire_id}
    payload |= {"error": error} if error else {"payRequestData": _redirects(attempt)}
    write_without_payment(
        project_id=payment.project_id,
        mode=payment.mode,
        saga_id=saga_id,
        label=PaymentEvent.PAYMENT_FAILED.value if error else "authorizationScheduled",
        payload=payload,
    )


def refund_details(payment: Payment) -> dict[str, Any]:
    """Say what was given back: the whole list every time, since lists are merged index by index.

    `refundsDecided` counts the refunds that have ended, well or not: it comes back with the next command, and tells a
    repeated command from a further one.
    """
    kinds = (MovementKind.REFUNDED, MovementKind.REFUNDED_ELSEWHERE)
    moved = payment.movements.filter(kind__in=kinds).order_by("occurred_at", "id").values_list("amount", flat=True)
    return {
        "totalRefundedAmount": payment.refunded_by_us + payment.refunded_elsewhere,
        "refundedAmounts": [-amount for amount in moved],
        "refundsDecided": payment.refunds.exclude(state=RefundState.OPEN).count(),
    }


def _last_number(project_id: Any, mode: str, saga_id: str) -> int:
    known = FlowEvent.objects.filter(project_id=project_id, mode=mode, saga_id=saga_id).aggregate(last=Max("number"))
    return known["last"] or 0


def _event_of(change: Change, transition: Transition) -> tuple[str, dict[str, Any], str] | None:
    payment, event = change.payment, canonical(transition.event)
    if event == PaymentEvent.PAYMENT_SCHEDULED:
        attempt = _changed(change, *PAYING)
        return event, {"paymentId": payment.wire_id, "payRequestData": _redirects(attempt)}, FlowStep.PAY
    if event == PaymentEvent.LINK_CREATED:
        link = _changed(change, AttemptKind.LINK)
        return event, {"paymentId": payment.wire_id, "link": link.redirect_url if link else ""}, FlowStep.PAY
    if event == PaymentEvent.PAYMENT_EXECUTED:
        label = _system_name(0) if transition.event != event else event
        return label, {"paymentId": payment.wire_id}, FlowStep.PAY
    if event in _FAILED_AS and not payment.captured:
        label = _system_name(1) if transition.event not in _FAILED_AS else PaymentEvent.PAYMENT_FAILED.value
        error = _FAILED_AS[event] or _reason(_changed(change, *PAYING))
        return label, {"paymentId": payment.wire_id, "error": error}, FlowStep.PAY
    return _refund_event(change, event)


def _refund_event(change: Change, event: str) -> tuple[str, dict[str, Any], str] | None:
    payment = change.payment
    if event == PaymentEvent.REFUND_REQUESTED:
        refund = change.new_refunds[0] if change.new_refunds else None
        if refund is None or refund.batch_id.startswith(BY_COMMAND):
            return None  # the Flow Manager asked for it itself
        # It will command what it is told of: with the id it commands this very refund, and not one more.
        wanted = {"amount": refund.amount, "refundId": refund.public_id}
        return event, {"paymentId": payment.wire_id, "refundRequestData": wanted}, _about(refund)
    if event == PaymentEvent.REFUND_PENDING:
        return event, {"paymentId": payment.wire_id}, _about_changed(change)
    if event not in _REFUND_DECIDED:
        return None
    # What the next command is to give back is said anew by whoever asks for it: an id that is left would name this one.
    attempt = _changed(change, AttemptKind.REFUND)
    payload = {
        "paymentId": payment.wire_id,
        "refundDetails": refund_details(payment) | {"refundId": _name_of(attempt.refund) if attempt else None},
        "refundRequestData": {"refundId": None},
    }
    if event == PaymentEvent.REFUND_FAILED:
        payload["error"] = _reason(attempt)
    return event, payload, _about_changed(change)


def _system_name(which: int) -> str:
    return _SYSTEM_NAMES[settings.FLOW_MANAGER_SYSTEM_EVENT_STYLE][which]


def _changed(change: Change, *kinds: AttemptKind) -> Attempt | None:
    found = [attempt for attempt in change.changed_attempts if attempt.kind in kinds]
    return found[-1] if found else None


def _redirects(attempt: Attempt | None) -> dict[str, str]:
    if attempt is None:
        return {}
    found = {"redirectToUrl": attempt.redirect_url, "redirectToUrlMobile": attempt.redirect_url_mobile}
    return {name: url for name, url in found.items() if url}


def _reason(attempt: Attempt | None) -> str:
    if attempt is None or not attempt.decline_reason:
        return "not processed"
    return attempt.decline_reason.replace("_", " ")


def _name_of(refund: Refund | None) -> str | None:
    """Name a refund as the command did that asked for it, else by our own id."""
    if refund is None:
        return None
    by_command = refund.batch_id.removeprefix(BY_COMMAND) if refund.batch_id.startswith(BY_COMMAND) else ""
    command = FlowCommand.objects.filter(pk=uuid.UUID(by_command)).first() if by_command else None
    named = command is not None and command.identity.startswith(BY_NAME)
    return command.identity.removeprefix(BY_NAME) if command is not None and named else refund.public_id


def _about(refund: Refund) -> str:
    return f"refund:{refund.id.hex}"


def _about_changed(change: Change) -> str:
    attempt = _changed(change, AttemptKind.REFUND)
    return _about(attempt.refund) if attempt is not None and attempt.refund is not None else "refund"
