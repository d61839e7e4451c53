"""One call to a PSP about a subscription itself: it moves no money, and whatever comes of it is data."""

import datetime as dt
import logging
from dataclasses import dataclass, replace

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Busy, ProviderUnavailable
from paymenthub.kernel.http import Exchange
from paymenthub.kernel.money import Money
from payments import metrics
from payments.attempts import breaker, bulkhead
from payments.attempts.transport import transport
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import ProviderAccount, Subscription
from payments.selectors import accounts
from providers import registry
from providers.errors import AuthFailed, DriverError, Rejected, Unavailable
from providers.port import Call
from providers.types import Interval, Operation, SubscriptionRequest, Verdict

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a subscription is to be from the next period on."""

    amount: int
    interval: Interval
    interval_count: int
    expires_after: int | None
    ends_on: dt.date | None


_TROUBLE = {Unavailable: Trouble.NOT_SENT, Rejected: Trouble.REJECTED, AuthFailed: Trouble.CREDENTIALS}


def ask_psp(
    subscription: Subscription,
    operation: Operation,
    *,
    key: str,
    at_period_end: bool = False,
    wanted: Wanted | None = None,
) -> tuple[Verdict, ...] | NoAnswer:
    """Update, read or end a subscription at its PSP, with no transaction open; `key` tells this wish from others."""
    account = subscription.provider_account
    if account is None:
        return NoAnswer(Trouble.NOT_SENT, "no_account")
    try:
        with bulkhead.slot(account.id), breaker.admitted(account.id):
            request = _request(subscription, at_period_end=at_period_end)
            return _ask(subscription, account, operation, key, request if wanted is None else _changed(request, wanted))
    except (Busy, ProviderUnavailable) as error:
        return NoAnswer(Trouble.NOT_SENT, error.code)


def _ask(
    subscription: Subscription, account: ProviderAccount, operation: Operation, key: str, request: SubscriptionRequest
) -> tuple[Verdict, ...] | NoAnswer:
    driver = registry.get(account.provider)
    exchanges: list[Exchange] = []
    call = Call(
        account=accounts.opened(account),
        transport=transport(),
        idempotency_key=f"ph-{subscription.id.hex}-{key}",
        attempt_reference=subscription.public_id,
        on_exchange=exchanges.append,
    )
    db.release_connection()
    began = clock.monotonic()
    news: tuple[Verdict, ...] | NoAnswer
    try:
        said = getattr(driver, operation.value)(call, request)
        news = said if isinstance(said, tuple) else (said,)
    except DriverError as error:
        news = NoAnswer(_TROUBLE.get(type(error), Trouble.UNKNOWN), error.psp_code, error.message)
        logger.warning(
            "no verdict",
            extra={"cause": type(error).__name__, "provider": account.provider, "about": subscription.public_id},
        )
    except Exception:  # a bug in a driver must not end a worker's batch
        logger.exception("the driver failed", extra={"provider": account.provider})
        news = NoAnswer(Trouble.UNKNOWN, "driver_error", "The driver failed.")
    answered = breaker.has_answered(news, exchanges)
    if answered is not None:
        breaker.record(account.id, answered=answered)
    metrics.observe_psp_call(
        provider=account.provider,
        method=subscription.method,
        operation=operation,
        news=news,
        seconds=clock.monotonic() - began,
    )
    return news


def _changed(request: SubscriptionRequest, wanted: Wanted) -> SubscriptionRequest:
    assert request.money is not None, "each has an amount"  # noqa: S101 - for the type checker
    return replace(
        request,
        money=Money(wanted.amount, request.money.currency),
        interval=wanted.interval.value,
        interval_count=wanted.interval_count,
        expires_after=wanted.expires_after,
    )


def _request(subscription: Subscription, *, at_period_end: bool) -> SubscriptionRequest:
    return SubscriptionRequest(
        pay=None,
        token=subscription.token,
        interval=subscription.interval,
        interval_count=subscription.interval_count,
        expires_after=subscription.expires_after,
        money=subscription.money,
        shop_reference=subscription.shop_transaction_id,
        time_zone=subscription.timezone,
        ends_at=None if subscription.ends_on is None else subscription.terms.due_at(subscription.ends_on),
        at_period_end=at_period_end,
    )
