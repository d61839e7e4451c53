"""Carry out one saga command: claim, call, record; the event that it is answered with is fed in the same transaction."""

import datetime as dt
import logging
from uuid import UUID

from django.conf import settings

from paymenthub.kernel import clock, db, log
from paymenthub.kernel.errors import HubError, OperationInProgress
from paymenthub.kernel.redact import redact_text, storable
from payments import locks
from payments.attempts.outside import ProviderDataGone, command_metadata
from payments.domain.attempt import ItemKind
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Payment, SagaCommand, SagaCommandState, Source
from payments.outbound._claims import claim_command
from payments.outbound._step_call import Tried, call
from payments.outbound.guard import Resolver
from payments.outbound.schedule import next_try
from payments.saga import loader
from payments.saga.change import Change
from payments.saga.handlers import StepAnswer, StepCommand
from payments.selectors.saga_metadata import metadata_of
from payments.services.feed_event import FedEvent, Outcome, feed
from payments.verdicts.apply import Told, apply

logger = logging.getLogger(__name__)

SOFT_SECONDS, HARD_SECONDS = 60, 75
"""How long one try may take: an error is raised in the handler, then its process is killed."""
_LEASE = HARD_SECONDS + 45.0
_LAST_KEPT = 10
_NEXT_STEP = (
    "Mend the step (see the error), then have it tried again with `manage.py retry_steps`, or feed the event that it "
    "owes. Else cancel the payment: nothing about its money was changed by this."
)
_NEXT_STEP_ASIDE = (
    "A side effect could not be carried out; no payment is held up by it. Mend it, then have it tried again with "
    "`manage.py retry_steps`."
)


def carry_out(command_id: UUID, *, tries: int | None = None, look_up: Resolver | None = None) -> UUID | None:
    """Try a command once; return the attempt that its answer commanded, to be sent.

    Does nothing where it is not due, done, or another worker has it. `tries` is how often it had been tried when the work
    was handed out. A worker that dies is followed by another after the lease, with the same command id.
    """
    if not claim_command(command_id, now=clock.now(), lease_seconds=_LEASE, tries=tries):
        return None
    command = SagaCommand.objects.select_related("payment__project", "attempt__refund").get(pk=command_id)
    payment = command.payment
    with log.bind(payment_id=payment.public_id):
        if command.tries > 1 and clock.now() > _deadline(command) + dt.timedelta(seconds=_LEASE):
            # Nobody lived to record the tries before: a handler that takes its process along.
            _failed(command, Tried(None, "no try came to an end", final=True))
            return None
        machine = loader.machine(payment.machine, payment.machine_version)
        try:
            step = _step(command)
        except ProviderDataGone:
            _failed(command, Tried(None, "provider_data_expired", final=True))
            return None
        tried = call(step, machine, payment.project, tries=command.tries, look_up=look_up)
        if tried.answer is not None:
            return _answered(command, tried, tried.answer)
        _failed(command, tried)
        return None


def _step(command: SagaCommand) -> StepCommand:
    metadata = metadata_of(command.payment)
    if command.attempt is not None:
        metadata = command_metadata(command.attempt, metadata)
    return StepCommand(
        id=command.pk,
        payment_id=command.payment_id,
        saga_id=command.payment.public_id,
        channel=command.channel,
        label=command.label,
        metadata=metadata,
        is_side_effect=command.is_side_effect,
    )


def _answered(command: SagaCommand, tried: Tried, answer: StepAnswer) -> UUID | None:
    if not answer.event:
        _done(command, tried, "")
        return None

    def record(fed: FedEvent) -> None:
        if fed.outcome is not Outcome.UNEXPECTED:
            _done(command, tried, answer.event)

    try:
        fed = feed(
            command.payment_id,
            answer.event,
            answer.payload,
            source=Source.STEP,
            evidence=f"command:{command.pk.hex}",
            at_number=command.transition_number,
            then=record,
        )
    except HubError as refused:
        # Another operation ends in a while; anything else would be refused again.
        error, final = (
            f"answered {answer.event[:64]!r}: {refused.message}",
            not isinstance(refused, OperationInProgress),
        )
        _failed(command, Tried(None, error, final, tried.status, tried.elapsed_ms))
        return None
    if fed.outcome is Outcome.UNEXPECTED:
        error = f"answered {answer.event!r}, for which {fed.payment.state} has no way"
        _failed(command, Tried(None, error, True, tried.status, tried.elapsed_ms))
    return fed.attempt.pk if fed.attempt is not None else None


def _done(command: SagaCommand, tried: Tried, event: str) -> None:
    SagaCommand.objects.filter(pk=command.pk, state=SagaCommandState.DUE).update(
        state=SagaCommandState.DONE,
        next_try_at=None,
        done_at=clock.now(),
        answer=event,
        last_error="",
        log=_log(command, tried),
    )


def _failed(command: SagaCommand, tried: Tried) -> None:
    """Record a try that failed; the last one puts it before an operator. The saga stays where it is."""
    again = None if tried.final else _next_try(command, tried)
    error = storable(redact_text(tried.error))[:255]
    logger.warning(
        "a step failed",
        extra={
            "channel": command.channel,
            "side_effect": command.is_side_effect,
            "retries": command.tries,
            "cause": error,
            "state": SagaCommandState.DUE if again else SagaCommandState.FAILED,
        },
    )
    with db.durable():
        payment = locks.payment(command.payment_id)
        # Only while this try is the last one: whoever took over after the lease decides.
        row = SagaCommand.objects.filter(pk=command.pk, state=SagaCommandState.DUE, tries=command.tries)
        state = SagaCommandState.FAILED if again is None else SagaCommandState.DUE
        changed = row.update(state=state, next_try_at=again, last_error=error, log=_log(command, tried))
        if changed and again is None:
            _ask_operator(payment, command, error)
    if changed and again is None and command.attempt_id is not None:
        # It may have arrived all the same: in doubt, until the outside service tells or a person has looked.
        news = NoAnswer(Trouble.UNKNOWN, "not_delivered")
        apply(payment_id=command.payment_id, attempt_id=command.attempt_id, news=news, told=Told(Source.STEP))


def _ask_operator(payment: Payment, command: SagaCommand, error: str) -> None:
    change = Change(payment, source=Source.STEP)
    aside = command.is_side_effect
    # One item for a channel that is down, however many mails it owes; one for each payment that is held up.
    about = f"side effect {command.channel}" if aside else f"{payment.public_id}:{command.channel}"
    change.ask_operator(
        ItemKind.STEP_FAILED,
        about=about[:128],
        next_step=_NEXT_STEP_ASIDE if aside else _NEXT_STEP,
        evidence={
            "command": str(command.pk),
            "channel": command.channel,
            "label": command.label,
            "payment": payment.public_id,
            "state": payment.state,
            "tries": command.tries,
            "error": error,
        },
    )
    change.save()


def _deadline(command: SagaCommand) -> dt.datetime:
    return command.due_since + dt.timedelta(seconds=settings.SAGA_COMMAND_RETRY_FOR)


def _next_try(command: SagaCommand, tried: Tried) -> dt.datetime | None:
    return next_try(
        failures=command.tries,
        now=clock.now(),
        since=command.due_since,
        retry_for=settings.SAGA_COMMAND_RETRY_FOR,
        retry_after=tried.retry_after,
    )


def _log(command: SagaCommand, tried: Tried) -> list[dict[str, object]]:
    one = {
        "try": command.tries,
        "at": clock.now().isoformat(),
        "elapsedMs": tried.elapsed_ms,
        "status": tried.status,
        "error": storable(redact_text(tried.error))[:255],
    }
    return [*command.log, one][-_LAST_KEPT:]
