"""POST /fm/saga, POST /fm/event and GET /fm/machine-definition: this hub as the Flow Manager of other services."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.errors import InvalidField
from payments.api.hub.access import MAY_READ
from payments.api.idempotent import perform_without_attempt
from payments.api.saga.envelope import Envelope, check_pay, read_envelope, refuse_cards_in
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import HubAPIView, caller, request_id
from payments.domain.deep_merge import deep_merge
from payments.domain.events import PaymentEvent
from payments.flow_manager import drive
from payments.flow_manager.drive import SagaEvent
from payments.models import Scope
from payments.selectors import machines
from payments.services.capture import OverCapture
from payments.services.feed_event import EventRefused, StepLimit, UndecidedAttempt
from payments.services.refund import AfterChargeback, OverRefund

from . import examples

_DRIVERS = frozenset({Scope.SAGA_DRIVE.value})
_READERS = MAY_READ | _DRIVERS
_BODY_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.Busy,
)  # fmt: skip
_SHOWN = ("name", "version", "initialState", "creationEvent", "states", "businessStates", "businessEvents")
"""Without the channels: their headers may hold keys of other services."""


class NewSaga(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A saga to be created, strictly these fields."""

    associated_entity_id: Annotated[
        str, Meta(min_length=1, max_length=255, description="Your own id of what it is about.", examples=["order-1001"])
    ]
    metadata: Annotated[dict[str, Any], Meta(description="What is known so far; events bring the rest.")]


class SagaCreated(msgspec.Struct, rename="camel", kw_only=True):
    """The saga's id; its payment will have the same one."""

    saga_id: str


class EventTaken(msgspec.Struct, rename="camel", kw_only=True):
    """What came of an event. One that the state has no way for is not taken, which is no error."""

    saga_id: str
    taken: bool
    current_state: str


class SagaView(HubAPIView):
    """Create sagas."""

    required_scopes = {"POST": _DRIVERS}

    @documented(
        Operation(
            id="fm_create_saga",
            summary="Create a saga",
            description="Creates a saga that this hub manages. No provider is asked before the event `scheduleRequested`. "
            "providerData belongs into that event; here it is left out.",
            tag="Flow Manager",
            request=NewSaga,
            response=SagaCreated,
            request_examples=examples.SAGAS,
            response_examples=examples.CREATED,
            errors=_BODY_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Create it."""

        def work() -> tuple[SagaCreated, bool]:
            body = read(request.data, NewSaga)
            if not body.associated_entity_id.isprintable():
                raise InvalidField("Printable characters only.", param="associatedEntityId")
            refuse_cards_in(body.metadata, param="metadata")
            key = caller(request)
            saga = drive.create_saga(
                project=key.project,
                mode=key.mode,
                associated_entity_id=body.associated_entity_id,
                metadata=body.metadata,
            )
            return SagaCreated(saga_id=saga.public_id), True

        return perform_without_attempt(request, work)


class EventView(HubAPIView):
    """Take events."""

    required_scopes = {"POST": _DRIVERS}

    @documented(
        Operation(
            id="fm_event",
            summary="Send an event to a saga",
            description="The Flow Manager's envelope, strictly. `scheduleRequested` pays and `refundRequested` refunds. What "
            "happened to money (`paymentExecuted`, `partialRefundExecuted`, …) is taken only of sagas whose machine sends the "
            "provider's commands to a channel of its own; of all others only the provider's news count (409 `event_refused`). The "
            "same event again changes nothing. An event that the state has no way for is not `taken`, which is no error.",
            tag="Flow Manager",
            request=Envelope,
            response=EventTaken,
            request_examples=examples.EVENTS,
            response_examples=examples.TAKEN,
            errors=(
                *_BODY_ERRORS, errors.NotFound, errors.Conflict, errors.WrongState, errors.DuplicateTransaction,
                errors.OperationInProgress, errors.UnsupportedOperation, errors.ProviderUnavailable, EventRefused,
                UndecidedAttempt, StepLimit, OverRefund, OverCapture, AfterChargeback,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Take it."""

        def work() -> tuple[EventTaken, bool]:
            envelope = read_envelope(request.data)
            key = caller(request)
            event = SagaEvent(
                project=key.project,
                mode=key.mode,
                saga_id=envelope.key,
                label=envelope.value.message_label,
                payload=envelope.value.message_payload,
                evidence=f"request:{request_id(request)}",
                actor=f"api_key:{key.key_id.hex}",
            )
            _check(event)
            taken = drive.take_event(event)
            return EventTaken(saga_id=taken.saga_id, taken=taken.taken, current_state=taken.state), True

        return perform_without_attempt(request, work)


class MachineDefinitionView(HubAPIView):
    """Show the machine."""

    required_scopes = {"GET": _READERS}

    @documented(
        Operation(
            id="fm_machine_definition",
            summary="Read the machine",
            description="The machine that the project's new payments run on, in the Flow Manager's `machineDefinition` format; "
            "without the addresses of its channels.",
            tag="Flow Manager",
            response=None,
            response_schema={"type": "object", "additionalProperties": True},
            response_examples=examples.MACHINES,
            errors=(errors.Busy,),
        )
    )
    def get(self, request: Request) -> Response:
        """Show it."""
        machine = machines.active_for(caller(request).project)
        definition = machines.definition(machine.name, machine.version)
        return Response({name: definition[name] for name in _SHOWN if name in definition})


def _check(event: SagaEvent) -> None:
    """Check what a payment needs before anything is done, by the rules of the gateway."""
    if event.label not in drive.STARTS:
        return
    saga = drive.saga_of(event)
    if saga is not None:
        by_link = event.label == PaymentEvent.LINK_REQUESTED
        check_pay(deep_merge(saga.metadata, dict(event.payload)), by_link=by_link)
