"""Who brings news, and how things stand after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paymenthub.kernel.http import Exchange
from payments.models import Attempt, Payment, Source


@dataclass(frozen=True, slots=True)
class Applied:
    """How payment and attempt stand after the verdict; `changed` tells whether this verdict moved anything."""

    payment: Payment
    attempt: Attempt
    changed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Who says it and what proves it: `evidence` names the request, notification or check; `actor` a person.

    `then` runs inside the same transaction, after everything is recorded: the answer to an idempotency key, say.
    """

    source: Source
    evidence: str = ""
    actor: str = ""
    exchanges: Sequence[Exchange] = ()
    then: Callable[[Applied], None] | None = None
