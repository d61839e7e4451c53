"""Put what is undecided for days before a person. Nothing ends by it: the PSP is asked on, and late news is welcome."""

import datetime as dt

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.attempt import UNDECIDED, AttemptState, ItemKind
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, OperatorItem, Source
from payments.verdicts.apply import Told, apply

_BATCH = 500
_NEXT_STEP = (
    "Look it up at the provider. Decide it here only if you know how it ended; else leave it open: the provider is asked "
    "every hour where it can be, and a late notification still settles it."
)


def put_before_operators() -> int:
    """Make an `in_doubt` item for every attempt that is undecided for POLL_GIVE_UP_AFTER; return how many were made.

    Once for each attempt: an item that a person has resolved does not come again.
    """
    since = clock.now() - dt.timedelta(seconds=settings.POLL_GIVE_UP_AFTER)
    old = Attempt.objects.filter(state__in=UNDECIDED, created_at__lte=since).select_related("provider_account")
    made, batch = 0, list(old.order_by("pk")[:_BATCH])
    while batch:
        made += _put(batch)
        batch = list(old.filter(pk__gt=batch[-1].pk).order_by("pk")[:_BATCH])
    return made


def _put(attempts: list[Attempt]) -> int:
    told = set(
        OperatorItem.objects.filter(
            kind=ItemKind.IN_DOUBT, about__in=[attempt.public_id for attempt in attempts]
        ).values_list("about", flat=True)
    )
    for attempt in attempts:
        if attempt.state == AttemptState.OPEN and attempt.lease_until is None:
            # Handed to a channel outside that has kept silent: as one in doubt, a person can decide it.
            news = NoAnswer(Trouble.UNKNOWN, "no_news")
            apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=news, told=Told(Source.SYSTEM, "give_up"))
    items = [
        OperatorItem(
            project_id=attempt.project_id,
            payment_id=attempt.payment_id,
            kind=ItemKind.IN_DOUBT,
            about=attempt.public_id,
            next_step=_NEXT_STEP,
            evidence={
                "provider": attempt.provider_account.provider,
                "operation": attempt.kind,
                "state": attempt.state,
                "amount": attempt.amount,
                "currency": attempt.currency,
                "since": attempt.created_at.isoformat(),
                "checks": attempt.checks,
            },
        )
        for attempt in attempts
        if attempt.public_id not in told
    ]
    OperatorItem.objects.bulk_create(items, ignore_conflicts=True)  # open once, by its unique constraint
    return len(items)
