"""POST …/subscription/update/{token}, GET …/subscription/status/{token}, DELETE and POST …/subscription/expire/{token}."""

from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.asking import asked_by
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, Query, documented
from payments.api.views import PAYERS, READERS, HubAPIView, caller, request_id
from payments.models import Subscription
from payments.selectors.subscription_list import find
from payments.services.subscriptions.cancel import cancel
from payments.services.subscriptions.status import read_status
from payments.services.subscriptions.update import update
from providers.types import Interval

from . import subscription_examples as examples
from .subscription_requests import SubscriptionUpdateRequest, check_token, read_update
from .subscription_responses import SubscriptionChanged, SubscriptionStatusObject, changed, status_object

_QUERY = (
    Query("reference", "The provider's reference; taken for older clients, and needed by nobody.", "8535"),
    Query(
        "shopTransactionId",
        "The shop's id of the first payment: where given, it must be this subscription's.",
        "club-7",
    ),
)
_LONGEST = 255
_ERRORS = (
    errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState, errors.OperationInProgress, errors.Busy,
)  # fmt: skip
_CHANGING = (
    *_ERRORS, errors.MalformedRequest, errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable,
    errors.UnsupportedOperation, errors.ProviderUnavailable, errors.ProviderError,
)  # fmt: skip


class UpdateView(HubAPIView):
    """Change a subscription from its next period on."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="subscription_update",
            summary="Change a subscription",
            description="What is named changes from the next period on; what is left out stays. The currency cannot change "
            "(422). A subscription that the provider runs is changed there.",
            tag="Subscriptions",
            request=SubscriptionUpdateRequest,
            response=SubscriptionChanged,
            request_examples=examples.UPDATE_REQUESTS,
            response_examples=examples.CHANGED,
            errors=_CHANGING,
            in_two_ways=True,
        )
    )
    def post(self, request: Request, provider: str, subscription_token: str, method: str = "") -> Response:
        """Change it."""

        def work() -> tuple[SubscriptionChanged, bool]:
            body = read_update(request.data)
            found = _subscription(request, provider, subscription_token, method)
            if body.currency and body.currency != found.currency:
                raise errors.Unprocessable(f"This subscription is in {found.currency}.", param="currency")
            if body.shop_transaction_id is not UNSET:
                _check_shop_id(found, body.shop_transaction_id)
            info = body.subscription_info
            row = update(
                found.id,
                amount=None if body.amount is UNSET else body.amount,
                interval=None if info.interval is UNSET else Interval(info.interval),
                interval_count=None if info.interval_count is UNSET else info.interval_count,
                expires_after=None if info.expires_after is UNSET else info.expires_after,
                by=asked_by(request),
            )
            return changed(row, "Changed from the next period on."), True

        return perform_without_attempt(request, work)


class StatusView(HubAPIView):
    """Read how a subscription stands."""

    required_scopes = {"GET": READERS}

    @documented(
        Operation(
            id="subscription_status",
            summary="Read a subscription's status",
            description="Asks the provider first where it runs the subscription. A provider that does not answer leaves it as it "
            "was last known.",
            tag="Subscriptions",
            response=SubscriptionStatusObject,
            response_examples=examples.STATUSES,
            errors=_ERRORS,
            in_two_ways=True,
        )
    )
    def get(self, request: Request, provider: str, subscription_token: str, method: str = "") -> Response:
        """Read it."""
        found = _subscription(request, provider, subscription_token, method)
        return Response(status_object(read_status(found, evidence=f"request:{request_id(request)}")))


class ExpireView(HubAPIView):
    """End a subscription."""

    required_scopes = {"DELETE": PAYERS, "POST": PAYERS}

    @documented(
        Operation(
            id="subscription_expire",
            summary="End a subscription",
            description="Takes effect on the day of the next renewal: until then it stays `ACTIVE` with `expireRequested`, and "
            "nothing more is charged. Asked for again it answers the same. To end it at once: POST /v1/subscriptions/{id}/cancel.",
            tag="Subscriptions",
            response=SubscriptionChanged,
            response_examples=examples.EXPIRED,
            query=_QUERY,
            errors=_CHANGING,
            in_two_ways=True,
        )
    )
    def delete(self, request: Request, provider: str, subscription_token: str, method: str = "") -> Response:
        """End it."""
        return Response(_expire(request, provider, subscription_token, method))

    @documented(
        Operation(
            id="subscription_expire_by_post",
            summary="End a subscription, as several provider pages have it",
            description="The same as DELETE on this path.",
            tag="Subscriptions",
            response=SubscriptionChanged,
            response_examples=examples.EXPIRED,
            query=_QUERY,
            errors=_CHANGING,
            in_two_ways=True,
        )
    )
    def post(self, request: Request, provider: str, subscription_token: str, method: str = "") -> Response:
        """End it."""
        return perform_without_attempt(request, lambda: (_expire(request, provider, subscription_token, method), True))


def _expire(request: Request, provider: str, token: str, method: str) -> SubscriptionChanged:
    found = _subscription(request, provider, token, method)
    for name in ("shopTransactionId", "shopTransactionID"):
        for value in request.query_params.getlist(name):
            _check_shop_id(found, value)
    if len(request.query_params.get("reference", "")) > _LONGEST:
        raise errors.InvalidField(f"At most {_LONGEST} characters.", param="reference")
    if found.has_ended:
        return changed(found, "It had ended already.")
    row = cancel(found.id, by=asked_by(request))
    return changed(
        row, "It has ended." if row.has_ended else "Ends on the day of the next renewal; nothing more is charged."
    )


def _subscription(request: Request, provider: str, token: str, method: str) -> Subscription:
    key = caller(request)
    found = find(project=key.project, mode=key.mode, provider=provider, wire_id=check_token(token))
    if method and found.method and method != found.method:
        raise errors.NotFound("There is no such subscription with this method.", param="method")
    return found


def _check_shop_id(found: Subscription, shop_id: str) -> None:
    if shop_id and shop_id not in (found.shop_transaction_id, found.shop_subscription_id):
        raise errors.Conflict("This subscription has another shopTransactionId.", param="shopTransactionId")
