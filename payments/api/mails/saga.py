"""POST /saga/send: a Flow Manager's command to notify a customer."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors, ids
from paymenthub.kernel.errors import InvalidField
from payments.api import idempotent
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import HubAPIView, caller
from payments.models import MailChannel, Payment, Scope
from payments.notifications.answers import has_flow_manager
from payments.notifications.notify import channels_of, notify, notify_elsewhere

from .send import MailThrottle

_SCOPES = frozenset({Scope.PAYMENTS.value, Scope.SAGA_DRIVE.value})
_EXAMPLE = {
    "key": "payment-8a3f",
    "value": {
        "messageLabel": "PAYMENT_EXECUTED",
        "messagePayload": {
            "shopTransactionId": "order-2041",
            "amount": 12990,
            "currency": "EUR",
            "additionalData": {
                "notificationChannels": ["email"],
                "buyer": {"id": "u1", "name": "Ada", "email": "ada@example.com"},
            },
        },
    },
}


class CommandValue(msgspec.Struct, rename="camel", kw_only=True):
    """The label, and the saga's whole metadata."""

    message_label: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
    message_payload: dict[str, Any] = msgspec.field(default_factory=dict)


class SagaCommand(msgspec.Struct, rename="camel", kw_only=True):
    """A Flow Manager's command."""

    key: Annotated[str, Meta(min_length=1, max_length=120, description="The saga's id.")]
    value: CommandValue


class SagaSendView(HubAPIView):
    """Notify a customer at a Flow Manager's command."""

    required_scopes = {"POST": _SCOPES}
    throttle_classes = [MailThrottle]

    @documented(
        Operation(
            id="saga_send",
            summary="Notify a customer (Flow Manager)",
            description=(
                "Sends the mail that the label means (`PAY_BY_LINK`, `PAYMENT_EXECUTED`, `PAYMENT_FAILED`, "
                "`PARTIAL_REFUND_EXECUTED`, `TOTAL_REFUND_EXECUTED`; another label is the name of a template of the project) to "
                "`additionalData.buyer.email` by `additionalData.notificationChannels`. 200 with an empty body; the Flow Manager "
                "is told `notificationSent` or the failure event afterwards. The same command sent again sends nothing twice."
            ),
            tag="Mails",
            request=SagaCommand,
            response=None,
            request_examples={"paid": _EXAMPLE},
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Notify."""
        command = read(request.data, SagaCommand)
        if not command.key.isprintable() or not command.value.message_label.isprintable():
            raise InvalidField("Printable characters only.", param="key")
        return idempotent.perform_at_once(request, lambda: _notify(request, command))


def _notify(request: Request, command: SagaCommand) -> None:
    key, label, payload = caller(request), command.value.message_label, command.value.message_payload
    payment = None if has_flow_manager() else _own_payment(request, command.key)
    if payment is not None:
        notify(payment_id=payment.id, label=label, command_id=ids.new_uuid(), metadata=payload)
        return
    additional = payload.get("additionalData")
    additional = additional if isinstance(additional, Mapping) else {}
    buyer = additional.get("buyer")
    notify_elsewhere(
        project=key.project,
        mode=key.mode,
        saga_key=command.key,
        label=label,
        payload=payload,
        buyer=buyer if isinstance(buyer, Mapping) else {},
        channels=[MailChannel(channel).value for channel in channels_of(additional)],
    )


def _own_payment(request: Request, saga_key: str) -> Payment | None:
    key = caller(request)
    id = ids.parse_public_id(ids.PAYMENT, saga_key)
    return Payment.objects.filter(pk=id, project=key.project, mode=key.mode).first() if id is not None else None
