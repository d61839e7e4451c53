"""Hand what a PSP tells by itself, one verdict at a time, to the one door, or ask the PSP again where it only hints."""

import logging
import uuid
from dataclasses import dataclass
from typing import Any

from payments.attempts import others, reconcile
from payments.attempts.others import NotYetMatched
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, PAYING, ItemKind
from payments.models import Attempt, OperatorItem, ProviderAccount, Source
from payments.selectors.attempts import match, paying_attempt
from payments.services.subscriptions import provider_run
from payments.verdicts.apply import Told, apply
from providers.types import Notification, Subject, Verdict

__all__ = ["Heard", "NotAsked", "NotYetMatched", "ask_operator", "hand_on"]

logger = logging.getLogger(__name__)


class NotAsked(Exception):
    """What is told cannot be checked now: somebody runs the attempt, or the provider does not answer."""

    def __init__(self, payment_id: uuid.UUID) -> None:
        super().__init__(payment_id)
        self.payment_id = payment_id


@dataclass(frozen=True, slots=True)
class Heard:
    """Where news came from: `about` names it to operators, `evidence` stands in the payment's history."""

    about: str
    evidence: str
    source: Source


def hand_on(account: ProviderAccount, heard: Heard, verdict: Verdict, notification: Notification) -> uuid.UUID | None:
    """Hand one verdict to where it belongs, and name the payment that it was about.

    Raises `NotYetMatched` where no payment is known by its ids, and `NotAsked`.
    """
    if (verdict.account and account.external_id and verdict.account != account.external_id) or (
        verdict.live is not None and verdict.live != (account.mode == "live")
    ):
        ask_operator(
            account,
            ItemKind.ACCOUNT_MISMATCH,
            heard.about,
            "The notification is signed, but speaks of another account or of the other mode. Check the account's settings.",
            {"type": notification.type, "eventKey": notification.key},
        )
        return None
    told = Told(heard.source, evidence=heard.evidence)
    taken = provider_run.take_in(account, verdict, told, ask_first=notification.reread or not notification.key)
    if taken is not None:
        if not taken.is_believed and taken.payment_id is not None:
            raise NotAsked(taken.payment_id)
        return taken.payment_id
    attempt = match(account, verdict)
    if attempt is None:
        raise NotYetMatched
    if not notification.key:
        # Nobody signed it: what it says of the outcome is not even looked at.
        _reread(account, attempt, verdict, told, also_decided=True)
    elif notification.reread and verdict.subject in (Subject.CAPTURE, Subject.REFUND):
        # Told in any order, and more than once: only what the provider says now counts.
        _reread(account, attempt, verdict, told, also_decided=True)
    elif verdict.subject in (Subject.CAPTURE, Subject.REFUND, Subject.CHARGEBACK):
        others.route(account, attempt, verdict, told)
    elif notification.reread:
        # A success after the end is still news; after a success there is nothing to learn.
        # While money is held, that it was let go or taken there is news as well.
        open_ended = attempt.state in ENDED_WITHOUT_SUCCESS or attempt.payment.capturable > 0
        _reread(account, attempt, verdict, told, also_decided=open_ended)
    elif verdict.subject is Subject.PAYMENT:
        paying = attempt if attempt.kind in PAYING else paying_attempt(attempt.payment_id)
        if paying is not None:
            apply(payment_id=paying.payment_id, attempt_id=paying.id, news=verdict, told=told)
    else:
        logger.warning("a notification about something this hub did not ask for", extra={"kind": verdict.subject.value})
    return attempt.payment_id


def _reread(account: ProviderAccount, attempt: Attempt, verdict: Verdict, told: Told, *, also_decided: bool) -> None:
    """Ask the provider about what a notification only hints at. Raises `NotAsked`."""
    if not (attempt.is_undecided or also_decided):
        return
    if not reconcile.can_ask(account):
        logger.warning("a hint about what cannot be asked", extra={"provider": account.provider})
        return
    # Of several tries, the one that is named: the latest one has other ids, and nothing to do with this money.
    of_payment = verdict.subject is Subject.PAYMENT and not attempt.is_undecided and attempt.kind not in PAYING
    about = (paying_attempt(attempt.payment_id) if of_payment else None) or attempt
    try:
        reconcile.reread(about.id, source=told.source, evidence=told.evidence, hints=verdict.references)
    except reconcile.NotAsked as error:
        raise NotAsked(attempt.payment_id) from error


def ask_operator(
    account: ProviderAccount, kind: ItemKind, about: str, next_step: str, evidence: dict[str, Any]
) -> None:
    """Put something about an account before a person, open once."""
    item = OperatorItem(
        project_id=account.project_id,
        kind=kind,
        about=about,
        next_step=next_step,
        evidence={"account": str(account), **evidence},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # by its unique constraint
