"""GET /v1/events."""

from dataclasses import replace

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.pagination import DEFAULT_LIMIT, MOST, limit_of, parameters, read_cursor, write_cursor
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller
from payments.selectors.events import EventFilter, page
from payments.selectors.keyset import Position

from . import examples
from .access import MAY_READ, payment_of
from .objects import EventObject, event_object

_FILTERS = (
    Query("limit", f"Events a page, 1 to {MOST}.", "50", schema={"type": "integer", "default": DEFAULT_LIMIT}),
    Query("after", "`nextCursor` of the page before.", "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
    Query("type", "The event's type, exactly.", "payment.captured"),
    Query("paymentId", "Events of one payment only, by our id or the provider's.", "sp_1Q2"),
)


class EventPage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of events, oldest first. Keep `nextCursor`, also on the last page: later it leads to what is new."""

    data: list[EventObject]
    next_cursor: str | None
    has_more: bool


class EventListView(HubAPIView):
    """List events."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_events",
            summary="List events",
            description="What happened in the key's project and mode, oldest first: the same events that callbacks carry. A reader "
            "who goes on from `nextCursor` misses none; an event shows about a second after it happened.",
            tag="Hub",
            response=EventPage,
            response_examples=examples.EVENT_PAGES,
            query=_FILTERS,
            errors=(errors.InvalidField, errors.NotFound, errors.Conflict, errors.Busy),
        )
    )
    def get(self, request: Request) -> Response:
        """List a page."""
        key = caller(request)
        given = parameters(request, [query.name for query in _FILTERS])
        limit = limit_of(given)
        after = read_cursor(given, "after")
        wanted = EventFilter(type=given.get("type"))
        if "paymentId" in given:
            wanted = replace(wanted, payment_id=payment_of(request, given["paymentId"]).id)
        found = page(project=key.project, mode=key.mode, wanted=wanted, after=after, limit=limit + 1)
        shown = found[:limit]
        last = Position(shown[-1].created_at, shown[-1].id) if shown else after
        return Response(
            EventPage(
                data=[event_object(event) for event in shown],
                next_cursor=write_cursor(last) if last else None,
                has_more=len(found) > limit,
            )
        )
