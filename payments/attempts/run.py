"""Run one attempt that is written down and leased to us: call the PSP, then apply what it said."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import clock
from payments.domain.attempt import AttemptKind, AttemptState
from payments.models import Attempt, Payment, ProviderAccount, Source
from payments.verdicts.apply import Applied, Told, apply
from providers.port import Call, Driver
from providers.types import Verdict

from . import provider_data, requests
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
) -> Applied:
    """Send the attempt and record the outcome. Raises `LeaseLost` with nothing sent."""
    # A process that was stopped for long must not send what a reconciler has already asked about.
    if attempt.lease_until is None or attempt.lease_until <= clock.now():
        raise LeaseLost(attempt.public_id)
    if data:
        provider_data.keep(attempt.id, data)
    request = requests.pay_request(payment, attempt, account, data)

    def question(driver: Driver, call: Call) -> Verdict:
        if attempt.kind == AttemptKind.AUTHORIZE:
            return driver.authorize(call, request)
        return driver.pay(call, request)

    answer = ask(payment, attempt, account, question)
    applied = apply(
        payment_id=payment.id,
        attempt_id=attempt.id,
        news=answer.news,
        told=Told(source, evidence, exchanges=answer.exchanges),
    )
    if data and applied.attempt.state != AttemptState.UNKNOWN:
        provider_data.erase(attempt.id)
    return applied
