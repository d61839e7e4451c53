"""Run one attempt that is written down and leased to us: call the PSP, then apply what it said."""

from collections.abc import Callable, Mapping
from typing import Any

from paymenthub.kernel import clock
from payments.domain.attempt import CLOSING, AttemptKind, AttemptState
from payments.models import Attempt, Payment, ProviderAccount, Source
from payments.selectors.attempts import is_paid_by_link
from payments.verdicts.apply import Applied, Told, apply
from providers import registry
from providers.port import Call, Driver
from providers.types import Operation, Verdict

from . import outside, provider_data, requests
from .ask import ask


class LeaseLost(RuntimeError):
    """The lease ended before anything was sent: somebody else may run the attempt by now, so this process does not."""


def run(
    payment: Payment,
    attempt: Attempt,
    account: ProviderAccount,
    data: Mapping[str, Any],
    *,
    source: Source = Source.API,
    evidence: str = "",
    actor: str = "",
    then: Callable[[Applied], None] | None = None,
) -> Applied:
    """Send the attempt and record the outcome. Raises `LeaseLost` with nothing sent. `data` was kept by the caller.

    `then` runs in the transaction that records the outcome. What went to an outside channel is not sent from here.
    """
    if outside.is_handed_over(attempt):
        return Applied(payment, attempt, changed=False)
    # A process that was stopped for long must not send what a reconciler has already asked about.
    if attempt.lease_until is None or attempt.lease_until <= clock.now():
        raise LeaseLost(attempt.public_id)
    request = requests.build(payment, attempt, account, data)

    operation = operation_of(registry.get(account.provider), attempt)

    def question(driver: Driver, call: Call) -> Verdict:
        hook: Callable[[Call, Any], Verdict] = getattr(driver, operation.value)
        return hook(call, request)

    answer = ask(payment, attempt, account, question, operation=operation)
    applied = apply(
        payment_id=payment.id,
        attempt_id=attempt.id,
        news=answer.news,
        told=Told(source, evidence, actor, exchanges=answer.exchanges, then=then),
    )
    # What was surely not sent may be sent again from here, for as long as the data is kept.
    if data and applied.attempt.state not in (AttemptState.UNKNOWN, AttemptState.NOT_SENT):
        provider_data.erase(attempt.id)
    return applied


def operation_of(driver: Driver, attempt: Attempt) -> Operation:
    """Name the driver's operation for an attempt; a session is closed by cancelling where it cannot be expired."""
    kind = AttemptKind(attempt.kind)
    if kind in CLOSING:
        if is_paid_by_link(attempt.payment):
            return Operation.LINK_EXPIRE
        return Operation.EXPIRE if Operation.EXPIRE in driver.operations else Operation.CANCEL
    return Operation(kind.value)
