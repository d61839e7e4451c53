"""What a PSP says of a payment beside the answer that was asked for: captures, refunds and chargebacks."""

from collections.abc import Sequence

from payments.domain.attempt import UNDECIDED, AttemptKind
from payments.models import Attempt, ProviderAccount
from payments.selectors.attempts import match
from payments.verdicts import elsewhere, external
from payments.verdicts.apply import Told, apply
from providers.types import Subject, Verdict

_OWN_KIND = {Subject.CAPTURE: AttemptKind.CAPTURE, Subject.REFUND: AttemptKind.REFUND}


class NotYetMatched(Exception):
    """It may be the outcome of a call of ours that has not returned yet: look again when it has."""


def take_in(attempt: Attempt, verdicts: Sequence[Verdict], told: Told) -> None:
    """Record refunds and chargebacks that came along with a payment's status; what may still be ours waits."""
    for verdict in verdicts[1:]:
        if verdict.subject in (Subject.REFUND, Subject.CHARGEBACK):
            try:
                route(attempt.provider_account, attempt, verdict, told)
            except NotYetMatched:
                continue  # the attempt itself is undecided and comes due by itself


def route(account: ProviderAccount, paying: Attempt, verdict: Verdict, told: Told) -> None:
    """Hand a verdict about a capture, refund or chargeback to the attempt that asked for it, or book it as external.

    Raises `NotYetMatched` where an undecided attempt of ours for the same amount has no id of the PSP's yet (S14).
    """
    own = _own_attempt(account, verdict)
    if own is not None:
        apply(payment_id=own.payment_id, attempt_id=own.id, news=verdict, told=told)
        return
    kind = _OWN_KIND.get(verdict.subject)
    if kind is not None and _may_be_ours(paying, verdict, kind):
        raise NotYetMatched
    if verdict.subject is Subject.CAPTURE:
        elsewhere.report_capture(payment_id=paying.payment_id, verdict=verdict, told=told)
    elif verdict.subject in (Subject.REFUND, Subject.CHARGEBACK):
        external.record(payment_id=paying.payment_id, verdict=verdict, told=told)


def _own_attempt(account: ProviderAccount, verdict: Verdict) -> Attempt | None:
    found = match(account, verdict)
    kind = _OWN_KIND.get(verdict.subject)
    return found if found is not None and kind is not None and found.kind == kind else None


def _may_be_ours(paying: Attempt, verdict: Verdict, kind: AttemptKind) -> bool:
    waiting = Attempt.objects.filter(
        payment_id=paying.payment_id, kind=kind, state__in=UNDECIDED, references__isnull=True
    )
    if verdict.money is not None:
        waiting = waiting.filter(amount=verdict.money.amount, currency=verdict.money.currency)
    return waiting.exists()
