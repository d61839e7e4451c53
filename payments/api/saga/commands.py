"""POST /saga/*: what an outside Flow Manager commands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.fields import check_currency_of
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, documented
from payments.api.views import HubAPIView, caller, request_id
from payments.flow_manager import accept
from payments.flow_manager.accept import Incoming, NoFlowManager, Taken
from payments.flow_manager.refunds import AmbiguousRefund, payment_of_saga
from payments.models import FlowStep, Scope
from payments.tasks.flow_manager import run_flow_command
from payments.tasks.nudge import nudge

from . import examples
from .envelope import (
    LINK_NEEDS,
    PAY_NEEDS,
    Envelope,
    check_pay,
    check_subscribe,
    check_subscription_pay,
    read_envelope,
    refund_amount,
)

DRIVERS = frozenset({Scope.PAYMENTS.value, Scope.SAGA_DRIVE.value})
_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.UnsupportedOperation, NoFlowManager, errors.Busy,
)  # fmt: skip
_TEXT = (
    "The envelope of the Flow Manager, with the saga's whole metadata. It is kept and answered at once; a worker runs it, and "
    "its outcome goes to `POST {FLOW_MANAGER_URL}/event`. "
)


class CommandTaken(msgspec.Struct, rename="camel", kw_only=True):
    """The command is kept. Flow Managers ignore this body."""

    saga_id: str
    step: str
    repeated: bool


class _CommandView(HubAPIView):
    """What all commands share."""

    required_scopes = {"POST": DRIVERS}

    def read(self, request: Request) -> tuple[Envelope, Incoming]:
        """Read the envelope, and say who sent it."""
        accept.require_flow_manager()
        envelope = read_envelope(request.data)
        key = caller(request)
        incoming = Incoming(
            project=key.project,
            mode=key.mode,
            saga_id=envelope.key,
            label=envelope.value.message_label,
            metadata=envelope.value.message_payload,
            evidence=f"request:{request_id(request)}",
            actor=f"api_key:{key.key_id.hex}",
        )
        return envelope, incoming

    def answer(self, request: Request, taken: Taken) -> tuple[CommandTaken, bool]:
        """Wake a worker and tell that the command is kept."""
        if not taken.repeated:
            nudge(run_flow_command, str(taken.command.id), 0)
        answer = CommandTaken(saga_id=taken.command.saga_id, step=taken.command.step, repeated=taken.repeated)
        return answer, True


class SagaPayView(_CommandView):
    """Pay."""

    @documented(
        Operation(
            id="saga_pay",
            summary="Flow Manager: pay",
            description=_TEXT
            + "The metadata holds `provider`, `paymentMethod`, `amount`, `currency` and `shopTransactionId`, and "
            "`payRequestData` what the payment needs; `providerData` in it is sealed for ten minutes and kept nowhere else. The "
            "same saga pays once, however often this comes; what cannot be paid is told as `paymentFailed`.",
            tag="Flow Manager",
            request=Envelope,
            response=CommandTaken,
            request_examples=examples.PAY,
            response_examples=examples.PAY_TAKEN,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Take it."""

        def work() -> tuple[CommandTaken, bool]:
            _, incoming = self.read(request)
            metadata = accept.completed(incoming.saga_id, incoming.metadata, PAY_NEEDS)
            check_pay(metadata)
            return self.answer(request, accept.take_pay(replace(incoming, metadata=metadata)))

        return perform_without_attempt(request, work)


class SagaPayByLinkView(_CommandView):
    """Pay by link."""

    @documented(
        Operation(
            id="saga_pay_by_link",
            summary="Flow Manager: create a payment link",
            description=_TEXT
            + "The metadata is that of `POST /saga/pay`; `paymentMethod` may be left out, so that the link offers every method of "
            "its provider. The same saga makes one link, however often this comes. `linkCreated` brings `paymentId` and "
            "`link`; a link that cannot be made is told as `paymentFailed`.",
            tag="Flow Manager",
            request=Envelope,
            response=CommandTaken,
            request_examples=examples.LINK,
            response_examples=examples.LINK_TAKEN,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Take it."""

        def work() -> tuple[CommandTaken, bool]:
            _, incoming = self.read(request)
            metadata = accept.completed(incoming.saga_id, incoming.metadata, LINK_NEEDS)
            check_pay(metadata, by_link=True)
            return self.answer(request, accept.take_link(replace(incoming, metadata=metadata)))

        return perform_without_attempt(request, work)


class SagaRefundView(_CommandView):
    """Refund."""

    @documented(
        Operation(
            id="saga_refund",
            summary="Flow Manager: refund",
            description=_TEXT
            + "`refundRequestData.amount` says how much; `refundRequestData.refundId` names the refund, so that a "
            "repeated command is the same one. Without it, `refundDetails` as this hub sent it tells a repeated command from a "
            "further refund; where it cannot, the answer is 409 `ambiguous_refund` and nothing is given back.",
            tag="Flow Manager",
            request=Envelope,
            response=CommandTaken,
            request_examples=examples.REFUND,
            response_examples=examples.REFUND_TAKEN,
            errors=(*_ERRORS, errors.NotFound, errors.Conflict, AmbiguousRefund),
        )
    )
    def post(self, request: Request) -> Response:
        """Take it."""

        def work() -> tuple[CommandTaken, bool]:
            _, incoming = self.read(request)
            amount = refund_amount(incoming.metadata)
            payment = payment_of_saga(
                project=incoming.project, mode=incoming.mode, saga_id=incoming.saga_id, metadata=incoming.metadata
            )
            currency = incoming.metadata.get("currency")
            check_currency_of(payment, currency if isinstance(currency, str) else "")
            return self.answer(request, accept.take_refund(incoming, payment=payment, amount=amount))

        return perform_without_attempt(request, work)


def _about_subscriptions(
    id: str,
    summary: str,
    text: str,
    step: FlowStep,
    *,
    check: Callable[[Mapping[str, Any]], None] = check_subscribe,
    shown: dict[str, Any] = examples.SUBSCRIBE,
) -> type[_CommandView]:
    """Make the view of a command about a subscription."""

    class View(_CommandView):
        @documented(
            Operation(
                id=id,
                summary=f"Flow Manager: {summary}",
                description=f"{_TEXT}{text} What cannot be done is told as `paymentFailed`.",
                tag="Flow Manager",
                request=Envelope,
                response=CommandTaken,
                request_examples=shown,
                response_examples=examples.taken(step.value),
                errors=_ERRORS,
            )
        )
        def post(self, request: Request) -> Response:
            """Take it."""

            def work() -> tuple[CommandTaken, bool]:
                _, incoming = self.read(request)
                metadata = accept.completed(incoming.saga_id, incoming.metadata, PAY_NEEDS)
                check(metadata)
                return self.answer(request, accept.take_subscription(replace(incoming, metadata=metadata), step))

            return perform_without_attempt(request, work)

    View.__name__ = View.__qualname__ = "".join(word.capitalize() for word in id.split("_")) + "View"
    return View


SagaScheduleView: Any = _about_subscriptions(
    "saga_subscription_schedule",
    "schedule a subscription",
    "Has the provider charge at each interval of `payRequestData.subscriptionInfo`; the saga is that of the first payment.",
    FlowStep.SUBSCRIPTION_SCHEDULE,
)
SagaStartView: Any = _about_subscriptions(
    "saga_subscription_start",
    "start a subscription",
    "Takes the first payment and keeps the means; after `/saga/subscription/authorization` of the same saga it charges what was "
    "consented to.",
    FlowStep.SUBSCRIPTION_START,
)
SagaSubscriptionPayView: Any = _about_subscriptions(
    "saga_subscription_pay",
    "charge a subscription",
    "Charges a later payment by `payRequestData.subscriptionInfo.token` (or `subscriptionToken`), once per saga.",
    FlowStep.SUBSCRIPTION_PAY,
    check=check_subscription_pay,
    shown=examples.SUBSCRIPTION_PAY,
)
SagaAuthorizationView: Any = _about_subscriptions(
    "saga_subscription_authorization",
    "authorise a subscription",
    "Asks the customer for consent and takes nothing: `authorizationScheduled` brings the address to send them to, and "
    "`/saga/subscription/start` or `pay` of the same saga takes the first payment.",
    FlowStep.SUBSCRIPTION_AUTHORIZATION,
)
