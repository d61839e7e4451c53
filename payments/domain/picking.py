"""Of all that a PSP says of a payment, find what answers one attempt."""

from collections.abc import Collection, Sequence

from paymenthub.kernel.money import Money
from providers.types import Outcome, Subject, Verdict

from .attempt import PAYING, AttemptKind


def pick(
    kind: AttemptKind,
    verdicts: Sequence[Verdict],
    *,
    reference: str,
    known: Collection[str],
    money: Money,
    captured_before: int,
) -> Verdict:
    """Return the verdict about an attempt; NOT_FOUND where the PSP does not show that it arrived.

    `reference` is the attempt's own, `known` the PSP's ids for it, `captured_before` what was captured without it
    (minor units): a PSP that lists no captures tells a new one by its total.
    """
    payment = verdicts[0]
    if kind in PAYING:
        return payment
    if kind in (AttemptKind.CAPTURE, AttemptKind.REFUND):
        subject = Subject.CAPTURE if kind is AttemptKind.CAPTURE else Subject.REFUND
        for verdict in verdicts[1:]:
            named = {found.value for found in verdict.references} & set(known)
            if verdict.subject is subject and (named or (reference and verdict.attempt_reference == reference)):
                return verdict
        if kind is AttemptKind.CAPTURE and _total_shows_it(payment, captured_before, money):
            return Verdict(Subject.CAPTURE, Outcome.SUCCEEDED, money)
        return Verdict(subject, Outcome.NOT_FOUND)
    gone = payment.outcome in (Outcome.CANCELLED, Outcome.EXPIRED, Outcome.DECLINED) or (
        # Of a payment that was captured in part, «paid» does not tell whether the rest was released.
        payment.outcome is Outcome.SUCCEEDED and captured_before == 0
    )
    return payment if gone else Verdict(Subject.CANCEL, Outcome.NOT_FOUND)


def _total_shows_it(payment: Verdict, captured_before: int, money: Money) -> bool:
    return (
        payment.outcome is Outcome.SUCCEEDED
        and payment.cumulative
        and payment.money is not None
        and payment.money.currency == money.currency
        and payment.money.amount >= captured_before + money.amount
    )
