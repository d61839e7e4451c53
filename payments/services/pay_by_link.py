"""Pay by link: have the PSP make a page that is paid later, and say where it is.

The link is the payment's one paying attempt: written down before it is asked for, under a key of its own, so that a lost
answer is UNKNOWN and never a second link. What is paid through it comes back to this attempt.
"""

from dataclasses import dataclass, replace

from payments.domain.attempt import AttemptState
from payments.models import Payment

from .pay import PayCommand, pay
from .results import PayOutcome, Result


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """OK with a `link`; KO: there is none and will be none; PENDING: asked for, and nobody knows yet."""

    result: Result
    description: str
    payment: Payment
    link: str = ""


def pay_by_link(command: PayCommand) -> PayOutcome:
    """Ask the PSP for a link, once per shop transaction id. Raises as `pay`; UnsupportedOperation where it has no links."""
    return pay(replace(command, by_link=True))


def link_of(outcome: PayOutcome) -> LinkOutcome:
    """Put an outcome of `pay_by_link` into the words of links."""
    attempt = outcome.attempt
    link = "" if attempt is None else attempt.redirect_url
    if attempt is not None and attempt.state == AttemptState.PENDING and link:
        return LinkOutcome(Result.OK, "The link is made. Its outcome comes by callback.", outcome.payment, link)
    kept = link if outcome.result is Result.OK else ""
    return LinkOutcome(outcome.result, outcome.description, outcome.payment, kept)
