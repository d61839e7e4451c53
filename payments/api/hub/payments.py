"""GET /v1/payments (POST: `opening.py`) and GET /v1/payments/{id}."""

from collections.abc import Mapping

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
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
from payments.api.views import PAYERS, HubAPIView, caller
from payments.selectors.keyset import Position
from payments.selectors.payments import PaymentFilter, in_doubt, page
from payments.selectors.status import Status

from . import examples
from .access import MAY_READ, payment_of
from .objects import PaymentDetail, PaymentSummary, detail, summary
from .opening import OpenPaymentView

_TIME = {"type": "string", "format": "date-time"}
_MINOR_UNITS = {"type": "integer", "minimum": 0}
_FILTERS = (
    Query("limit", f"Payments a page, 1 to {MOST}.", "50", schema={"type": "integer", "default": DEFAULT_LIMIT}),
    Query("cursor", "`nextCursor` of the page before, with the same filters.", "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
    Query("shopTransactionId", "Your own id, exactly.", "order-2041"),
    Query("state", "The saga's state, exactly.", "PAYMENT_EXECUTED"),
    Query(
        "status", "The published word.", "ACCEPTED", schema={"type": "string", "enum": [word.value for word in Status]}
    ),
    Query("provider", "The provider's code.", "sandbox"),
    Query("method", "The payment method's code.", "credit-cards"),
    Query("createdFrom", "From this time on, with its offset.", "2026-03-01T00:00:00Z", schema=_TIME),
    Query("createdTo", "Before this time.", "2026-04-01T00:00:00Z", schema=_TIME),
    Query("amountFrom", "At least so much, in minor units.", "1000", schema=_MINOR_UNITS),
    Query("amountTo", "At most so much.", "2000", schema=_MINOR_UNITS),
)


class PaymentPage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of payments, newest first. `nextCursor` is null on the last one."""

    data: list[PaymentSummary]
    next_cursor: str | None


class PaymentListView(OpenPaymentView):
    """List payments, and open new ones."""

    required_scopes = {"GET": MAY_READ, "POST": PAYERS}

    @documented(
        Operation(
            id="list_payments",
            summary="List payments",
            description="The payments of the key's project and mode, newest first, a page at a time. All filters given must hold. "
            "An unknown parameter is refused, since a filter that is misspelt and ignored would list everything.",
            tag="Hub",
            response=PaymentPage,
            response_examples=examples.PAYMENT_PAGES,
            query=_FILTERS,
            errors=(errors.InvalidField, errors.Busy),
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
        doubtful = in_doubt(payment.id for payment in shown)
        more = len(found) > limit
        return Response(
            PaymentPage(
                data=[summary(payment, in_doubt=payment.id in doubtful) for payment in shown],
                next_cursor=write_cursor(Position(shown[-1].created_at, shown[-1].id)) if more else None,
            )
        )


class PaymentView(HubAPIView):
    """Show a payment."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_payment",
            summary="Read a payment",
            description="As the hub knows it, without asking the provider (`status` asks): amounts, captures, refunds, attempts, "
            "and each step, with who said so and what proves it.",
            tag="Hub",
            response=PaymentDetail,
            response_examples=examples.PAYMENTS,
            errors=(errors.NotFound, errors.Conflict, errors.Busy),
        )
    )
    def get(self, request: Request, payment_id: str) -> Response:
        """Show it."""
        return Response(detail(payment_of(request, payment_id)))


def _wanted(given: Mapping[str, str]) -> PaymentFilter:
    wanted = PaymentFilter(
        shop_transaction_id=given.get("shopTransactionId"),
        state=given.get("state"),
        status=_status(given),
        provider=given.get("provider"),
        method=given.get("method"),
        created_from=moment(given, "createdFrom"),
        created_to=moment(given, "createdTo"),
        amount_from=integer(given, "amountFrom"),
        amount_to=integer(given, "amountTo"),
    )
    for low, high, param in (
        (wanted.created_from, wanted.created_to, "createdTo"),
        (wanted.amount_from, wanted.amount_to, "amountTo"),
    ):
        if low is not None and high is not None and high < low:  # type: ignore[operator]
            raise errors.InvalidField("This lies before the beginning.", param=param)
    return wanted


def _status(given: Mapping[str, str]) -> Status | None:
    word = given.get("status")
    if word is None:
        return None
    if word not in list(Status):
        raise errors.InvalidField(f"One of {', '.join(Status)}.", param="status")
    return Status(word)
