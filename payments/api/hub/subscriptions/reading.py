"""GET /v1/subscriptions, /{id}, /{id}/payments and /{id}/preview."""

from collections.abc import Mapping

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.hub.access import MAY_READ
from payments.api.hub.objects import summary as payment_summary
from payments.api.pagination import (
    DEFAULT_LIMIT,
    MOST,
    integer,
    limit_of,
    moment,
    parameters,
    read_cursor,
    write_cursor,
)
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller
from payments.models import Subscription
from payments.selectors.keyset import Position
from payments.selectors.payments import in_doubt
from payments.selectors.subscription_list import SubscriptionFilter, find, page, payments_of
from payments.selectors.subscription_preview import preview
from providers.types import SubscriptionStatus

from . import examples
from .objects import (
    PreviewedRenewal,
    RenewalPreview,
    SubscriptionDetail,
    SubscriptionPage,
    SubscriptionPayments,
    detail,
    summary,
)

MOST_RENEWALS = 60
_TIME = {"type": "string", "format": "date-time"}
_WORDS = [word.value for word in SubscriptionStatus if word is not SubscriptionStatus.UNKNOWN]
_PAGING = (
    Query("limit", f"Rows a page, 1 to {MOST}.", "50", schema={"type": "integer", "default": DEFAULT_LIMIT}),
    Query("cursor", "`nextCursor` of the page before, with the same filters.", "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
)
_FILTERS = (
    *_PAGING,
    Query("shopSubscriptionId", "Your own id, exactly.", "club-7"),
    Query("state", "The saga's state, exactly.", "ACTIVE"),
    Query("status", "The published word.", "ACTIVE", schema={"type": "string", "enum": _WORDS}),
    Query("provider", "The provider's code.", "sandbox"),
    Query("method", "The payment method's code.", "credit-cards"),
    Query("createdFrom", "From this time on, with its offset.", "2026-03-01T00:00:00Z", schema=_TIME),
    Query("createdTo", "Before this time.", "2026-04-01T00:00:00Z", schema=_TIME),
)
_COUNT = Query(
    "count", f"How many renewals, 1 to {MOST_RENEWALS}.", "12", schema={"type": "integer", "default": 12, "minimum": 1}
)
_ERRORS = (errors.InvalidField, errors.Busy)
_OF_ONE = (errors.NotFound, errors.Conflict, errors.Busy)


def subscription_at(request: Request, subscription_id: str) -> Subscription:
    """Find the subscription of a path, by our id or the provider's. Raises NotFound, Conflict."""
    if len(subscription_id) > 255 or not subscription_id.isprintable():
        raise errors.NotFound("There is no such subscription.", param="subscriptionId")
    key = caller(request)
    return find(project=key.project, mode=key.mode, wire_id=subscription_id)


class SubscriptionListView(HubAPIView):
    """List subscriptions."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_subscriptions",
            summary="List subscriptions",
            description="The subscriptions of the key's project and mode, newest first, a page at a time. All filters given must "
            "hold. An unknown parameter is refused, since a filter that is misspelt and ignored would list everything.",
            tag="Subscriptions",
            response=SubscriptionPage,
            response_examples=examples.PAGES,
            query=_FILTERS,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request) -> Response:
        """List a page."""
        key = caller(request)
        given = parameters(request, [query.name for query in _FILTERS])
        limit = limit_of(given)
        found = page(
            project=key.project,
            mode=key.mode,
            wanted=_wanted(given),
            before=read_cursor(given, "cursor"),
            limit=limit + 1,
        )
        shown = found[:limit]
        cursor = write_cursor(Position(shown[-1].created_at, shown[-1].id)) if len(found) > limit else None
        return Response(SubscriptionPage(data=[summary(row) for row in shown], next_cursor=cursor))


class SubscriptionView(HubAPIView):
    """Show a subscription."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_subscription",
            summary="Read a subscription",
            description="As the hub knows it, without asking the provider: terms, periods, and each step with who said so.",
            tag="Subscriptions",
            response=SubscriptionDetail,
            response_examples=examples.SUBSCRIPTIONS,
            errors=_OF_ONE,
        )
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        """Show it."""
        return Response(detail(subscription_at(request, subscription_id)))


class SubscriptionPaymentsView(HubAPIView):
    """List a subscription's payments."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_subscription_payments",
            summary="List a subscription's payments",
            description="Newest first, a page at a time: the first payment, each renewal, and payments by which another means "
            "of payment was given.",
            tag="Subscriptions",
            response=SubscriptionPayments,
            response_examples=examples.PAYMENTS,
            query=_PAGING,
            errors=(*_OF_ONE, errors.InvalidField),
        )
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        """List a page."""
        given = parameters(request, [query.name for query in _PAGING])
        limit = limit_of(given)
        row = subscription_at(request, subscription_id)
        found = payments_of(row.id, limit=limit + 1, before=read_cursor(given, "cursor"))
        shown = found[:limit]
        doubtful = in_doubt(payment.id for payment in shown)
        cursor = write_cursor(Position(shown[-1].created_at, shown[-1].id)) if len(found) > limit else None
        data = [payment_summary(payment, in_doubt=payment.id in doubtful) for payment in shown]
        return Response(SubscriptionPayments(data=data, next_cursor=cursor))


class SubscriptionPreviewView(HubAPIView):
    """Show the renewals to come."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="preview_subscription",
            summary="Preview the next renewals",
            description="The days, moments and amounts of the next renewals as they stand now: in the subscription's time zone, "
            "with the anchor day kept (31 January, 28 February, 31 March). Fewer than asked for where it ends before.",
            tag="Subscriptions",
            response=RenewalPreview,
            response_examples=examples.PREVIEWS,
            query=(_COUNT,),
            errors=(*_OF_ONE, errors.InvalidField),
        )
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        """Preview them."""
        given = parameters(request, [_COUNT.name])
        count = integer(given, _COUNT.name, least=1, most=MOST_RENEWALS) or 12
        row = subscription_at(request, subscription_id)
        return Response(
            RenewalPreview(
                data=[
                    PreviewedRenewal(
                        number=next.number,
                        due_on=next.due_on,
                        due_at=next.due_at,
                        amount=next.amount,
                        currency=row.currency,
                    )
                    for next in preview(row, count)
                ]
            )
        )


def _wanted(given: Mapping[str, str]) -> SubscriptionFilter:
    word = given.get("status")
    if word is not None and word not in _WORDS:
        raise errors.InvalidField(f"One of {', '.join(_WORDS)}.", param="status")
    wanted = SubscriptionFilter(
        shop_subscription_id=given.get("shopSubscriptionId"),
        state=given.get("state"),
        status=SubscriptionStatus(word) if word is not None else None,
        provider=given.get("provider"),
        method=given.get("method"),
        created_from=moment(given, "createdFrom"),
        created_to=moment(given, "createdTo"),
    )
    if wanted.created_from and wanted.created_to and wanted.created_to < wanted.created_from:
        raise errors.InvalidField("This lies before the beginning.", param="createdTo")
    return wanted
