"""POST /v1/subscriptions/{id}/cancel, pause, resume and change."""

from collections.abc import Callable

from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.asking import asked_by
from payments.api.hub import examples as hub_examples
from payments.api.hub.access import MAY_ACT
from payments.api.hub.operations import NoBody
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import HubAPIView
from payments.models import Subscription
from payments.services.subscriptions.cancel import cancel, withdraw
from payments.services.subscriptions.pause import pause
from payments.services.subscriptions.resume import resume
from payments.services.subscriptions.update import update

from . import examples
from .bodies import CancelSubscription, ChangeSubscription, read_change
from .objects import SubscriptionDetail, detail
from .reading import subscription_at

_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState,
    errors.OperationInProgress, errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable,
    errors.UnsupportedOperation, errors.ProviderUnavailable, errors.Busy,
)  # fmt: skip


def _perform(request: Request, act: Callable[[], Subscription]) -> Response:
    return perform_without_attempt(request, lambda: (detail(act()), True))


class CancelSubscriptionView(HubAPIView):
    """End a subscription."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="cancel_subscription",
            summary="Cancel a subscription",
            description="`period_end` (the default): it stays active until the day of the next renewal, and nothing more is "
            "charged. `now`: it ends at once. What was paid stays paid: refund it where it is to go back. A renewal that is being "
            "charged at this very moment is not undone, and an operator is told of a charge that came after the end.",
            tag="Subscriptions",
            request=CancelSubscription,
            response=SubscriptionDetail,
            request_examples=examples.CANCEL_BODIES,
            response_examples=examples.SUBSCRIPTIONS,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Cancel."""

        def act() -> Subscription:
            body = read(request.data, CancelSubscription)
            row = subscription_at(request, subscription_id)
            return cancel(row.id, at_once=body.at == "now", by=asked_by(request))

        return _perform(request, act)


class PauseSubscriptionView(HubAPIView):
    """Stop charging for a while."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="pause_subscription",
            summary="Pause a subscription",
            description="Nothing is charged until it is resumed, and what would have fallen due meanwhile is never charged. 501 "
            "for a subscription that the provider runs.",
            tag="Subscriptions",
            request=NoBody,
            response=SubscriptionDetail,
            request_examples=hub_examples.NO_BODIES,
            response_examples=examples.SUBSCRIPTIONS,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Pause."""

        def act() -> Subscription:
            read(request.data, NoBody)
            return pause(subscription_at(request, subscription_id).id, by=asked_by(request))

        return _perform(request, act)


class ResumeSubscriptionView(HubAPIView):
    """Go on charging."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="resume_subscription",
            summary="Resume a subscription",
            description="Charges a paused one again from the next date of its own rhythm on; the anchor day stays. Takes back a "
            "cancellation that has not taken effect; later it is 409.",
            tag="Subscriptions",
            request=NoBody,
            response=SubscriptionDetail,
            request_examples=hub_examples.NO_BODIES,
            response_examples=examples.SUBSCRIPTIONS,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Resume."""

        def act() -> Subscription:
            read(request.data, NoBody)
            row, by = subscription_at(request, subscription_id), asked_by(request)
            if row.expire_requested:
                withdraw(row.id, by=by)
            return resume(row.id, by=by)

        return _perform(request, act)


class ChangeSubscriptionView(HubAPIView):
    """Change what the next periods cost."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="change_subscription",
            summary="Change a subscription from the next period on",
            description="Another amount, rhythm or number of payments; what is left out stays. Another means of payment is given "
            "by the customer: send them to `customerUrl`.",
            tag="Subscriptions",
            request=ChangeSubscription,
            response=SubscriptionDetail,
            request_examples=examples.CHANGE_BODIES,
            response_examples=examples.SUBSCRIPTIONS,
            errors=_ERRORS,
        )
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Change."""

        def act() -> Subscription:
            body = read_change(request.data)
            return update(
                subscription_at(request, subscription_id).id,
                amount=None if body.amount is UNSET else body.amount,
                expires_after=None if body.expires_after is UNSET else body.expires_after,
                by=asked_by(request),
            )

        return _perform(request, act)
