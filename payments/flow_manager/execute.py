"""Run one command of an outside Flow Manager: the same services as for everybody else, and what cannot be done is told."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Busy, HubError, OperationInProgress, ProviderUnavailable
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import provider_data
from payments.domain.attempt import AttemptState, ItemKind
from payments.models import Attempt, FlowCommand, FlowCommandState, FlowStep, OperatorItem, Payment, Source
from payments.selectors.attempts import paying_attempt
from payments.services.expire_due import expire_payment
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund

from ._claims import claim_command, next_try
from .accept import batch_of
from .events import BY_NAME, refund_details, write, write_without_payment
from .metadata import part
from .paying import pay_command
from .subscribing import subscribe

logger = logging.getLogger(__name__)


class _Refused(Exception):
    """It cannot be done; the text is told to the Flow Manager."""


def run_command(command_id: uuid.UUID, *, tries: int | None = None) -> FlowCommandState | None:
    """Run a command once; None where it is done, not due, or another worker has it."""
    command = claim_command(command_id, tries=tries)
    if command is None:
        return None
    try:
        _RUN.get(FlowStep(command.step), _subscribe)(command)
    except (ProviderUnavailable, Busy, OperationInProgress) as error:
        return _again(command, error)
    except HubError as error:
        return _refuse(command, f"{error.code}: {error.message}")
    except _Refused as error:
        return _refuse(command, str(error))
    except Exception as error:  # what nobody expected is tried on, and shown to a person
        logger.exception("a command could not be run", extra={"saga": command.saga_id, "step": command.step})
        _ask_operator(command, error)
        return _again_later(command, type(error).__name__)
    return _end(command, FlowCommandState.DONE)


def _pay(command: FlowCommand) -> None:
    payment = _payment_of(command)
    attempt = paying_attempt(payment.id) if payment is not None else None
    if payment is not None and (attempt is None or attempt.state != AttemptState.NOT_SENT):
        return  # an earlier try came this far: its outcome is told by whoever learns it
    data = provider_data.take(command.id) if command.has_provider_data else {}
    if data is None:
        raise _Refused("provider_data_expired: its providerData is kept for ten minutes only")
    pay(
        pay_command(
            project=command.project,
            mode=command.mode,
            metadata=command.payload,
            provider_data=data,
            evidence=f"flow-command:{command.id.hex}",
            flow_saga_id=command.saga_id,
            by_link=command.step == FlowStep.LINK,
        )
    )


def _subscribe(command: FlowCommand) -> None:
    payment = _payment_of(command)
    attempt = paying_attempt(payment.id) if payment is not None else None
    if payment is not None and (attempt is None or attempt.state != AttemptState.NOT_SENT):
        return  # an earlier try came this far: its outcome is told by whoever learns it
    data = provider_data.take(command.id) if command.has_provider_data else {}
    if data is None:
        raise _Refused("provider_data_expired: its providerData is kept for ten minutes only")
    subscribe(command, data)


def _refund(command: FlowCommand) -> None:
    payment = command.payment
    if payment is None:
        raise _Refused("not_found: there is no payment of this saga")
    if _refund_attempt(command) is not None:
        return
    wanted = part(command.payload, "refundRequestData")
    try:
        refund(
            RefundCommand(payment, Money(wanted["amount"], payment.currency), batch_id=batch_of(command)),
            By(Source.API, f"flow-command:{command.id.hex}", command.actor),
        )
    except ProviderUnavailable:
        if _refund_attempt(command) is None:
            raise
        # It was written down and surely not sent: the reserve is given back, and `refundFailed` was told with that.


def _again(command: FlowCommand, error: HubError) -> FlowCommandState:
    over = clock.now() - command.created_at >= dt.timedelta(seconds=settings.FLOW_COMMAND_RETRY_FOR)
    if over:
        return _refuse(command, f"{error.code}: {error.message}")
    row = FlowCommand.objects.filter(pk=command.pk, state=FlowCommandState.WAITING, tries=command.tries)
    row.update(next_try_at=next_try(command.tries), error=error.code)
    return FlowCommandState.WAITING


def _refuse(command: FlowCommand, error: str) -> FlowCommandState:
    """Tell the Flow Manager that it has failed, so that its saga goes on. Nothing was sent, or nothing can be any more."""
    if command.step != FlowStep.REFUND:
        payment = _payment_of(command)
        if payment is not None:
            # It waits to be sent again, and nobody will: it ends as what was never sent does, and that is told.
            Payment.objects.filter(pk=payment.pk).update(expires_at=clock.now())
            if not expire_payment(payment.id):
                return _again_later(command, error)
        else:
            _tell_unpaid(command, error)
    elif command.payment is not None:
        with db.durable():
            payment = locks.payment(command.payment.id)
            name = command.identity.removeprefix(BY_NAME) if command.identity.startswith(BY_NAME) else None
            details = refund_details(payment) | {"refundId": name}
            payload = {"paymentId": payment.wire_id, "error": error, "refundDetails": details}
            write(payment, [("refundFailed", payload, f"command:{command.id.hex}")])
    logger.warning("a command was refused", extra={"saga": command.saga_id, "step": command.step, "cause": error})
    return _end(command, FlowCommandState.REFUSED, error)


def _again_later(command: FlowCommand, error: str) -> FlowCommandState:
    row = FlowCommand.objects.filter(pk=command.pk, state=FlowCommandState.WAITING)
    row.update(next_try_at=next_try(command.tries), error=error[:255])
    return FlowCommandState.WAITING


def _ask_operator(command: FlowCommand, error: Exception) -> None:
    item = OperatorItem(
        project_id=command.project_id,
        payment_id=command.payment_id,
        kind=ItemKind.FLOW_MANAGER,
        about=f"saga:{command.saga_id}"[:128],
        next_step="A command of the Flow Manager could not be run, for a fault of the hub: see the log. It is tried on.",
        evidence={"step": command.step, "cause": type(error).__name__, "tries": command.tries},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # open once, by its unique constraint


def _tell_unpaid(command: FlowCommand, error: str) -> None:
    payload = {"error": error}
    try:
        with db.durable():
            write_without_payment(
                project_id=command.project_id,
                mode=command.mode,
                saga_id=command.saga_id,
                label="paymentFailed",
                payload=payload,
            )
    except IntegrityError:
        logger.info("the refusal was told by another worker", extra={"saga": command.saga_id})


def _end(command: FlowCommand, state: FlowCommandState, error: str = "") -> FlowCommandState:
    FlowCommand.objects.filter(pk=command.pk).update(
        state=state,
        error=error[:255],
        next_try_at=None,
        done_at=clock.now(),
        payment=_payment_of(command) or command.payment,
    )
    provider_data.erase(command.id)
    return state


_RUN: dict[FlowStep, Callable[[FlowCommand], None]] = {
    FlowStep.PAY: _pay,
    FlowStep.LINK: _pay,
    FlowStep.REFUND: _refund,
}
"""How a step is run; the others are about subscriptions."""


def _payment_of(command: FlowCommand) -> Payment | None:
    mine = Payment.objects.select_related("provider_account")
    return mine.filter(project_id=command.project_id, mode=command.mode, flow_saga_id=command.saga_id).first()


def _refund_attempt(command: FlowCommand) -> Attempt | None:
    return Attempt.objects.filter(refund__payment=command.payment, refund__batch_id=batch_of(command)).first()
