"""What captures, cancels and refunds share: the locked payment, the check that nothing else runs, the run itself."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import IdempotencyInFlight, OperationInProgress, UnsupportedOperation, WrongState
from payments.attempts import breaker, bulkhead, requests
from payments.attempts.run import run
from payments.domain.attempt import EXCLUSIVE, UNDECIDED, AttemptKind, AttemptState
from payments.domain.machine import PSP_CHANNELS
from payments.models import Attempt, Payment, ProviderAccount, Source
from payments.saga.change import Change
from payments.verdicts.apply import Applied

T = TypeVar("T")

NATURAL_SECONDS = 60
"""How long an equal capture or refund without a key counts as the same request sent twice."""


class OnceOnly(Protocol):
    """What makes a piece of work be done once: an idempotency key, or an operator's form.

    `take` runs in the transaction that writes the work down, `settle` in the one that records its outcome.
    """

    def take(self, attempt: Attempt | None) -> None:
        """Claim the work; IntegrityError where it is claimed already."""

    def settle(self, attempt: Attempt) -> None:
        """Store what came of it."""


class PayOnce(OnceOnly, Protocol):
    """The same for a payment, which may have to wait for a step before its first attempt is written down."""

    def take_for(self, payment: Payment) -> None:
        """Claim the work for a payment without an attempt; IntegrityError where it is claimed already."""


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, through which door, and under which idempotency key."""

    source: Source = Source.API
    evidence: str = ""
    actor: str = ""
    claim: OnceOnly | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An attempt that was written down for this call, or (`replayed`) the earlier one that it equals.

    `is_done`: nothing is to be asked of the PSP, and the outcome is written down with it.
    """

    payment: Payment
    attempt: Attempt
    replayed: bool = False
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Fed:
    """The event by which an operation is commanded, what it brings along for the metadata, and who runs the attempt.

    `lease_seconds` None: a worker, which finds it by itself.
    """

    event: str
    delta: Mapping[str, Any] | None = None
    lease_seconds: float | None = None


def ordered_attempt(change: Change) -> Attempt:
    """Return the attempt that the machine has just commanded.

    Raises UnsupportedOperation where the payment's machine asks nothing of a provider here: it has no such way, or sends
    the command elsewhere.
    """
    if not change.new_attempts:
        payment = change.payment
        raise UnsupportedOperation(
            f"The machine {payment.machine} version {payment.machine_version} asks nothing of a provider for this in "
            f"state {payment.state}."
        )
    return change.new_attempts[0]


def change_of(payment: Payment, by: By) -> Change:
    """Start a change of a locked payment."""
    return Change(payment, source=by.source, evidence=by.evidence, actor=by.actor)


def refuse_while_undecided(payment: Payment) -> None:
    """Refuse a second operation while one is open, pending or in doubt. A customer's open session does not count."""
    running = payment.attempts.filter(kind__in=EXCLUSIVE, state__in=UNDECIDED).first()
    if running is not None:
        raise OperationInProgress(
            f"A {running.kind} of this payment is not decided yet ({running.state.lower()}).",
            details={"attempt": running.public_id, "kind": running.kind, "state": running.state},
        )


def asked_elsewhere(payment: Payment) -> bool:
    """Tell whether an operation was commanded on a channel of the machine's own: what came of it is known there only."""
    return payment.commands.filter(channel__in=PSP_CHANNELS).exists()


def wrong_state(payment: Payment, what: str) -> WrongState:
    """Make the error of an operation that the payment's state does not allow, with the amounts."""
    return WrongState(f"This payment cannot be {what}: it is {payment.state}.", details=amounts(payment))


def amounts(payment: Payment) -> dict[str, Any]:
    """Say what was held, taken and given back, in minor units."""
    return {
        "state": payment.state,
        "currency": payment.currency,
        "authorized": payment.authorized,
        "captured": payment.captured,
        "capturable": payment.capturable,
        "refundable": payment.refundable,
    }


def sent_just_now(
    payment: Payment, kind: AttemptKind, amount: int | None, *, final: bool | None = None
) -> Attempt | None:
    """Find an equal operation that is still open, or younger than a minute: the same request sent twice.

    Without an amount the latest operation of its kind counts, if it left nothing to do.
    """
    equal = payment.attempts.filter(kind=kind).select_related("refund").order_by("-created_at")
    if amount is not None:
        equal = equal.filter(amount=amount)
    elif payment.capturable:
        return None
    if final is not None:
        equal = equal.filter(final_capture=final)
    young = Q(state=AttemptState.SUCCEEDED, created_at__gt=clock.now() - dt.timedelta(seconds=NATURAL_SECONDS))
    return equal.filter(Q(state__in=UNDECIDED) | young).first()


def fingerprint(payment: Payment, attempt: Attempt, account: ProviderAccount) -> None:
    """Note what exactly will be sent."""
    attempt.request_digest = requests.digest(requests.build(payment, attempt, account, {}))


def carry_out(
    payment_id: uuid.UUID, write_down: Callable[[], Written], *, by: By, account: ProviderAccount
) -> tuple[Applied | Written, bool]:
    """Write down (T1), send, record (T2). The second value tells whether an earlier request's outcome is returned."""
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        try:
            written = db.retry_serialization(write_down)
        except IntegrityError as error:
            match constraint_of(error):
                case "attempt_one_undecided_per_payment":
                    raise OperationInProgress("Another operation of this payment has just begun.") from None
                case "idempotency_key_once":
                    raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
            raise
        if written.replayed or written.is_done:
            return written, written.replayed
        applied = run(
            written.payment,
            written.attempt,
            written.attempt.provider_account,
            _NO_DATA,
            source=by.source,
            evidence=by.evidence,
            actor=by.actor,
            then=settling(by.claim),
        )
    return applied, False


def settling(claim: OnceOnly | None) -> Callable[[Applied], None] | None:
    """Make what stores a key's answer in the transaction that records the outcome; None where there is no key."""
    return None if claim is None else lambda applied: claim.settle(applied.attempt)


def constraint_of(error: IntegrityError) -> str:
    """Name the constraint that refused."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))


def lease_seconds() -> float:
    """How long this process owns what it writes down."""
    return float(settings.ATTEMPT_LEASE)


_NO_DATA: Mapping[str, Any] = {}
