"""Bring the hub to what PSPs say happened since a moment, for a database that was restored from a backup (S74).

What a PSP lists goes the way of its notifications: matched, and handed to the one door, which finds most of it done.
Running it twice does nothing twice.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from paymenthub.kernel import clock
from payments.attempts import listing
from payments.domain.attempt import ItemKind
from payments.models import Payment, ProviderAccount, Source
from payments.selectors.attempts import match
from providers.types import Notification, Outcome, Verdict

from .hand_on import Heard, NotAsked, NotYetMatched, ask_operator, hand_on

_MONEY = (Outcome.SUCCEEDED, Outcome.AUTHORIZED, Outcome.REVERSED)
_NEXT_STEP = (
    "The provider has this, and the hub does not know it: most likely it was made after the backup that was restored. "
    "Look it up at the provider, tell the order system before it orders the same again, and give the money back there "
    "or book it by hand."
)


@dataclass
class Resynced:
    """What one account's resync came to. `unknown` are PSP ids of money that the hub does not know of."""

    events: int = 0
    payments: set[uuid.UUID] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    not_asked: set[uuid.UUID] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    changed: int = 0


def resync(
    account: ProviderAccount,
    since: dt.datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[Resynced], None] | None = None,
) -> Resynced:
    """Work off what happened on an account since a moment; with `dry_run` only tell what is not known here.

    Raises `CannotList` where the PSP does not answer; what was worked off until then stays.
    """
    done, began = Resynced(), clock.now()
    for page in listing.events(account, since):
        done.events += len(page.notifications) + len(page.unreadable)
        done.unreadable.extend(page.unreadable)
        for notification in page.notifications:
            for verdict in notification.verdicts:
                _one(account, verdict, notification, done, dry_run=dry_run)
        if progress is not None:
            progress(done)
    done.changed = Payment.objects.filter(pk__in=done.payments, updated_at__gte=began).count()
    return done


def _one(
    account: ProviderAccount, verdict: Verdict, notification: Notification, done: Resynced, *, dry_run: bool
) -> None:
    evidence = f"resync:{notification.key}"[:255]
    try:
        if dry_run:
            attempt = match(account, verdict)
            if attempt is None:
                raise NotYetMatched
            payment_id: uuid.UUID | None = attempt.payment_id
        else:
            payment_id = hand_on(account, Heard(evidence, evidence, Source.SYSTEM), verdict, notification)
    except NotYetMatched:
        known = match(account, verdict)
        if known is not None:
            done.not_asked.add(known.payment_id)  # it may be what an operation of ours comes to that is in doubt
        elif verdict.outcome in _MONEY:
            _unknown(account, verdict, notification, done, dry_run=dry_run)
        return
    except NotAsked as waiting:
        done.not_asked.add(waiting.payment_id)
        return
    if payment_id is not None:
        done.payments.add(payment_id)


def _unknown(
    account: ProviderAccount, verdict: Verdict, notification: Notification, done: Resynced, *, dry_run: bool
) -> None:
    name = next((reference.value for reference in (*verdict.parent, *verdict.references)), notification.key)
    done.unknown.add(name)
    if dry_run:
        return
    money = {} if verdict.money is None else {"amount": verdict.money.amount, "currency": verdict.money.currency}
    ask_operator(
        account,
        ItemKind.UNKNOWN_HERE,
        f"{account.provider}:{name}"[:128],
        _NEXT_STEP,
        {
            "subject": verdict.subject.value,
            "outcome": verdict.outcome.value,
            "providerIds": [reference.value for reference in (*verdict.references, *verdict.parent)],
            "ourReference": verdict.attempt_reference,
            "event": notification.key,
            **money,
        },
    )
