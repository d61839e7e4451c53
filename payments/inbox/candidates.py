"""Which payments a notification may mean that was matched to none: for a person to compare, never applied by itself."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Q

from paymenthub.kernel.money import Money
from payments.models import InboxMessage, Payment, PspReference
from providers.errors import WebhookRejected
from providers.registry import UnknownProvider
from providers.types import Notification

from .process import read_again

_AROUND = dt.timedelta(days=2)
_MOST = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment, and why it may be meant: `id` (one of the ids belongs to it), or `amount` (same money, same days)."""

    payment: Payment
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a notification says, as far as it can be read: `problem` names why it cannot."""

    ids: tuple[str, ...] = ()
    money: tuple[Money, ...] = ()
    said: tuple[str, ...] = ()
    problem: str = ""
    candidates: tuple[Candidate, ...] = field(default=())


def read(message: InboxMessage) -> Read:
    """Read a notification once more, changing nothing, and look for payments of its project that it may mean."""
    try:
        notification = read_again(message)
    except (WebhookRejected, UnknownProvider) as error:
        return Read(problem=str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a driver that cannot read it is what is to be told
        return Read(problem=type(error).__name__)
    return _told(message, notification)


def _told(message: InboxMessage, notification: Notification) -> Read:
    verdicts = notification.verdicts
    named = [r.value for verdict in verdicts for r in (*verdict.references, *verdict.parent)]
    ids = tuple(dict.fromkeys([*(v.attempt_reference for v in verdicts if v.attempt_reference), *filter(None, named)]))
    money = tuple(dict.fromkeys(verdict.money for verdict in verdicts if verdict.money is not None))
    said = tuple(f"{verdict.subject.value}: {verdict.outcome.value}" for verdict in verdicts)
    return Read(ids, money, said, candidates=_candidates(message, ids, money))


def _candidates(message: InboxMessage, ids: tuple[str, ...], money: tuple[Money, ...]) -> tuple[Candidate, ...]:
    mine = Payment.objects.filter(project=message.project_id).select_related("project")
    known = PspReference.objects.filter(value__in=ids, payment__project=message.project_id).values("payment")
    by_id = list(mine.filter(Q(pk__in=known) | Q(shop_transaction_id__in=ids)).order_by("-id")[:_MOST])
    found = [Candidate(payment, "id") for payment in by_id]
    if money and len(found) < _MOST:
        account, at = message.provider_account, message.created_at
        same = Q()
        for one in money:
            same |= Q(amount=one.amount, currency=one.currency)
        rows = mine.filter(
            same, mode=account.mode, provider_account=account, created_at__range=(at - _AROUND, at + _AROUND)
        )
        seen = {candidate.payment.pk for candidate in found}
        found += [Candidate(row, "amount") for row in rows.order_by("-created_at")[:_MOST] if row.pk not in seen]
    return tuple(found[:_MOST])
