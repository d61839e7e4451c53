"""Take a command of an outside Flow Manager: it is a row before it is answered, and a worker runs it."""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import Busy, UnsupportedOperation
from payments.attempts import provider_data
from payments.models import FlowCommand, FlowCommandState, FlowEvent, FlowStep, Payment, Project, Refund

from ._http import CrudAway, saga_metadata
from .events import BY_COMMAND, BY_NAME
from .metadata import cleaned, provider_data_in
from .refunds import identity_of

logger = logging.getLogger(__name__)

_FIRST_LOOK = dt.timedelta(seconds=5)
"""After it the relay hands a command out, where the nudge of the request that took it was lost."""
_TELL_AGAIN_AFTER = dt.timedelta(seconds=60)


class NoFlowManager(UnsupportedOperation):
    """This hub has no Flow Manager that it could tell the outcome: FLOW_MANAGER_URL is not set."""

    code = "no_flow_manager"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A command as it came. `evidence` names the request, `actor` the key."""

    project: Project
    mode: str
    saga_id: str
    label: str
    metadata: Mapping[str, Any]
    evidence: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A command that is kept; `repeated` where it had been before."""

    command: FlowCommand
    repeated: bool


def require_flow_manager() -> None:
    """Refuse commands whose outcome could be told to nobody. Raises NoFlowManager."""
    if not settings.FLOW_MANAGER_URL:
        raise NoFlowManager("No Flow Manager is configured here: set FLOW_MANAGER_URL.")


def completed(saga_id: str, metadata: Mapping[str, Any], needed: tuple[str, ...]) -> dict[str, Any]:
    """Return the metadata; where it lacks a needed name, with what the saga's collection knows (SAGA_CRUD_URL) below it."""
    names = {"shopTransactionID": "shopTransactionId", "paymentID": "paymentId"}
    given = {names.get(name, name) for name, value in metadata.items() if value is not None}
    if given.issuperset(needed) or not settings.SAGA_CRUD_URL:
        return dict(metadata)
    try:
        return saga_metadata(saga_id) | dict(metadata)
    except CrudAway as error:
        logger.warning("the saga's collection gave no answer", extra={"cause": str(error), "saga": saga_id})
        raise Busy("The saga's collection (SAGA_CRUD_URL) does not answer. Nothing was done; try again.") from None


def take_pay(incoming: Incoming) -> Taken:
    """Keep a command to pay, once per saga. Raises Busy where providerData could not be kept for the worker."""
    return _take(incoming, FlowStep.PAY, "", provider_data_in(incoming.metadata))


def take_subscription(incoming: Incoming, step: FlowStep) -> Taken:
    """Keep a command about a subscription, once per saga and step. Raises as `take_pay` does."""
    return _take(incoming, step, "", provider_data_in(incoming.metadata))


def take_link(incoming: Incoming) -> Taken:
    """Keep a command to make a payment link, once per saga. Raises Busy where providerData could not be kept."""
    return _take(incoming, FlowStep.LINK, "", provider_data_in(incoming.metadata))


def take_refund(incoming: Incoming, *, payment: Payment, amount: int) -> Taken:
    """Keep a command to refund, once per refund that it names. Raises AmbiguousRefund, InvalidField."""
    identity, own = identity_of(payment, amount, incoming.metadata)
    return _take(incoming, FlowStep.REFUND, identity, {}, payment=payment, own=own)


def _take(
    incoming: Incoming,
    step: FlowStep,
    identity: str,
    data: Mapping[str, Any],
    *,
    payment: Payment | None = None,
    own: Refund | None = None,
) -> Taken:
    now, id = clock.now(), ids.new_uuid()
    if data:
        _seal(id, data)
    fields = {
        "id": id,
        "label": incoming.label,
        "payload": cleaned(incoming.metadata),
        "has_provider_data": bool(data),
        "payment": payment,
        "evidence": incoming.evidence,
        "actor": incoming.actor,
        "next_try_at": now + _FIRST_LOOK,
    }
    if own is not None:
        # It speaks of a refund that this hub has begun itself: there is nothing to run.
        fields |= {"state": FlowCommandState.DONE, "next_try_at": None, "done_at": now}
    with db.durable():
        command, is_new = FlowCommand.objects.get_or_create(
            project=incoming.project,
            mode=incoming.mode,
            saga_id=incoming.saga_id,
            step=step,
            identity=identity,
            defaults=fields,
        )
    if is_new:
        return Taken(command, repeated=own is not None)
    if data:
        provider_data.erase(id)
        if command.state == FlowCommandState.WAITING and command.has_provider_data:
            _seal(command.id, data)
    _tell_again(command)
    return Taken(command, repeated=True)


def _seal(key: Any, data: Mapping[str, Any]) -> None:
    provider_data.keep(key, data)
    if provider_data.take(key) is None:
        raise Busy("providerData cannot be kept for a worker at the moment. Nothing was done; try again shortly.")


def _tell_again(command: FlowCommand) -> None:
    """Tell the outcome once more: whoever commands it again may never have heard of it."""
    if command.state == FlowCommandState.WAITING:
        return
    last = _events_about(command).order_by("-number").first()
    if last is not None and last.taken_at is not None and last.taken_at < clock.now() - _TELL_AGAIN_AFTER:
        FlowEvent.objects.filter(pk=last.pk, taken_at=last.taken_at).update(taken_at=None, next_try_at=clock.now())


def _events_about(command: FlowCommand) -> QuerySet[FlowEvent]:
    events = FlowEvent.objects.filter(project_id=command.project_id, mode=command.mode, saga_id=command.saga_id)
    if command.step != FlowStep.REFUND:
        return events.filter(about=FlowStep.PAY)
    return events.filter(about__in=[about for about in abouts_of_refund(command) if about])


def abouts_of_refund(command: FlowCommand) -> tuple[str, ...]:
    """Name what the events of a refund command are about: the refund, and the command where it was refused."""
    refund = Refund.objects.filter(payment=command.payment, batch_id=batch_of(command)).first()
    own = ids.parse_public_id(ids.REFUND, command.identity.removeprefix(BY_NAME))
    return (
        f"refund:{refund.id.hex}" if refund else "",
        f"refund:{own.hex}" if own else "",
        f"command:{command.id.hex}",
    )


def batch_of(command: FlowCommand) -> str:
    """Name the refund row of a command: one command, one refund."""
    return f"{BY_COMMAND}{command.id.hex}"
