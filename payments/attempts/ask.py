"""One call to a driver, and whatever comes of it as data: a verdict, or why there is none."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from paymenthub.kernel import clock, db, log
from paymenthub.kernel.http import Exchange
from payments import metrics
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, Payment, ProviderAccount
from payments.selectors import accounts
from providers import registry
from providers.errors import AuthFailed, DriverError, OutcomeUnknown, Rejected, Unavailable
from providers.port import Call, Driver
from providers.types import Operation

from . import breaker
from .transport import transport

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Answer(Generic[T]):
    """What the PSP said (or why nothing), with the redacted exchanges that it took."""

    news: T | NoAnswer
    exchanges: list[Exchange] = field(default_factory=list)


_TROUBLE: dict[type[DriverError], Trouble] = {
    Unavailable: Trouble.NOT_SENT,
    OutcomeUnknown: Trouble.UNKNOWN,
    Rejected: Trouble.REJECTED,
    AuthFailed: Trouble.CREDENTIALS,
}


def ask(
    payment: Payment,
    attempt: Attempt,
    account: ProviderAccount,
    question: Callable[[Driver, Call], T],
    *,
    operation: Operation | None = None,
) -> Answer[T]:
    """Call the driver for an attempt, with no transaction open and the database connection given back.

    `operation` is what the call is counted as; without it, what the attempt is for.
    Never raises for what the PSP or the driver did: an error of the driver's own is UNKNOWN, since something may have
    been sent before it.
    """
    driver = registry.get(account.provider)
    answer: Answer[T] = Answer(NoAnswer(Trouble.UNKNOWN))
    call = Call(
        account=accounts.opened(account),
        transport=transport(),
        idempotency_key=attempt.idempotency_key,
        attempt_reference=attempt.public_id,
        on_exchange=answer.exchanges.append,
    )
    db.release_connection()
    began = clock.monotonic()
    with log.bind(payment_id=payment.public_id, attempt_id=attempt.public_id):
        try:
            answer.news = question(driver, call)
        except DriverError as error:
            answer.news = NoAnswer(_TROUBLE.get(type(error), Trouble.UNKNOWN), error.psp_code, error.message)
            logger.warning("no verdict", extra={"cause": type(error).__name__, "provider": account.provider})
        except Exception:  # a bug in a driver must not turn «perhaps sent» into «failed»
            logger.exception("the driver failed; the outcome is unknown", extra={"provider": account.provider})
            answer.news = NoAnswer(Trouble.UNKNOWN, "driver_error", "The driver failed.")
    answered = breaker.has_answered(answer.news, answer.exchanges)
    if answered is not None:
        breaker.record(account.id, answered=answered)
    metrics.observe_psp_call(
        provider=account.provider,
        method=attempt.method or payment.method,
        operation=operation or attempt.kind,
        news=answer.news,
        seconds=clock.monotonic() - began,
    )
    return answer
