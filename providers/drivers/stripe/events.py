"""Stripe's list of events: what happened on the account, whether or not its notification ever came."""

import stripe

from providers.errors import Unavailable, WebhookRejected
from providers.port import Call
from providers.types import EventsPage, EventsRequest

from . import webhook
from .client import read

_PAGE = 100


def page(call: Call, request: EventsRequest) -> EventsPage:
    """Read one page; the cursor of the next one is the id of its last event. Raises `Unavailable`."""

    def question(api: stripe.StripeClient) -> tuple[list[stripe.Event], bool]:
        asked: stripe.params.EventListParams = {"created": {"gte": int(request.since.timestamp())}, "limit": _PAGE}
        if request.cursor:
            asked["starting_after"] = request.cursor
        listed = api.v1.events.list(asked)
        return listed.data, listed.has_more

    found = read(call, question)
    if found is None:
        raise Unavailable("Stripe does not know the event at which the last page ended.")
    listed, has_more = found
    told, unreadable = [], []
    for event in listed:
        try:
            told.append(webhook.read_event(event.to_dict(), call.account.config.get("account_id", "")))
        except WebhookRejected:
            unreadable.append(event.id)
    return EventsPage(tuple(told), listed[-1].id if listed and has_more else "", tuple(unreadable))
