"""Ask a PSP what happened on an account, page by page."""

import datetime as dt
from collections.abc import Iterator

from paymenthub.kernel import clock, db
from payments import metrics
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import ProviderAccount
from payments.selectors import accounts
from providers import registry
from providers.errors import DriverError
from providers.port import Call
from providers.types import EventsPage, EventsRequest, Operation

from .transport import transport


class CannotList(RuntimeError):
    """The PSP did not say what happened; the message says why and holds no secret."""


def can_list(account: ProviderAccount) -> bool:
    """Tell whether the account's PSP lists what happened."""
    return registry.get(account.provider).offers(Operation.LIST_EVENTS)


def events(account: ProviderAccount, since: dt.datetime) -> Iterator[EventsPage]:
    """Read page after page, as long as there are any. Raises `CannotList`."""
    driver = registry.get(account.provider)
    call = Call(account=accounts.opened(account), transport=transport(), idempotency_key="", attempt_reference="")
    request, seen = EventsRequest(since), {""}
    while True:
        db.release_connection()
        began = clock.monotonic()
        try:
            page = driver.list_events(call, request)
        except DriverError as error:
            _count(account, NoAnswer(Trouble.NOT_SENT), began)
            raise CannotList(f"{type(error).__name__}: {error.message}") from None
        _count(account, page, began)
        yield page
        if not page.cursor:
            return
        if page.cursor in seen:
            raise CannotList("the provider's pages go round in a circle")
        seen.add(page.cursor)
        request = EventsRequest(since, page.cursor)


def _count(account: ProviderAccount, news: object, began: float) -> None:
    metrics.observe_psp_call(
        provider=account.provider,
        method="",
        operation=Operation.LIST_EVENTS,
        news=news,
        seconds=clock.monotonic() - began,
    )
