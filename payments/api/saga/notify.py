"""POST /notify: a Flow Manager tells that a payment of a subscription has finished."""

from typing import Annotated

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors, ids
from paymenthub.kernel.errors import NotFound
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, documented
from payments.api.views import HubAPIView, caller, request_id
from payments.models import Payment
from payments.selectors.api_keys import KeyIdentity
from payments.selectors.payments import find
from payments.tasks.notified import look_at_notified
from payments.tasks.nudge import nudge

from . import examples
from .commands import DRIVERS
from .envelope import Envelope, read_envelope

_LONGEST_ID = 255


class Notified(msgspec.Struct, rename="camel", kw_only=True):
    """It was heard. Flow Managers ignore this body."""

    saga_id: str
    subscription_id: Annotated[
        str | None, Meta(description="The subscription whose payment is looked at; null: none, and nothing is done.")
    ]


class NotifyView(HubAPIView):
    """Hear that a payment has finished, and look."""

    required_scopes = {"POST": DRIVERS}

    @documented(
        Operation(
            id="notify_subscription",
            summary="Flow Manager: a payment of a subscription has finished",
            description="The envelope of the Flow Manager; `key` is the saga of the payment. The answer comes at once. A worker "
            "then reads at the provider how the payment stands, and the subscription follows that: nothing that is said here "
            "about money is believed. What is known already changes nothing, however often this comes. A payment of no "
            "subscription is answered with `subscriptionId` null.",
            tag="Flow Manager",
            request=Envelope,
            response=Notified,
            request_examples=examples.NOTIFY,
            response_examples=examples.NOTIFIED,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, errors.NotFound, errors.Conflict, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Hear it."""

        def work() -> tuple[Notified, bool]:
            envelope = read_envelope(request.data)
            payment = _payment_of(envelope, caller(request))
            subscription = payment.subscription
            public_id = None
            if subscription is not None:
                public_id = subscription.public_id
                nudge(look_at_notified, str(payment.id), f"request:{request_id(request)}")
            return Notified(saga_id=envelope.key, subscription_id=public_id), True

        return perform_without_attempt(request, work)


def _payment_of(envelope: Envelope, key: KeyIdentity) -> Payment:
    """Find the payment of a saga: an outside Flow Manager's, or one of this hub; else the one that `paymentId` names.

    Raises NotFound, or Conflict where the payment that is named is another saga's.
    """
    mine = Payment.objects.select_related("subscription").filter(project=key.project, mode=key.mode)
    own = ids.parse_public_id(ids.PAYMENT, envelope.key)
    found = mine.filter(flow_saga_id=envelope.key).order_by("-id").first()
    if found is None and own is not None:
        found = mine.filter(pk=own).first()
    if found is not None:
        return found
    wire_id = envelope.value.message_payload.get("paymentId")
    if not isinstance(wire_id, str) or not 0 < len(wire_id) <= _LONGEST_ID:
        raise NotFound("There is no payment of this saga.", param="key")
    found = find(project=key.project, mode=key.mode, wire_id=wire_id)
    if found.flow_saga_id:
        raise errors.Conflict("This payment belongs to another saga.", param="value.messagePayload.paymentId")
    return found
