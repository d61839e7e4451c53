"""Look again at messages whose order was not known when they came; one that stays unknown is put before a person."""

import datetime as dt
import functools
import uuid

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.attempt import ItemKind
from payments.models import BusReceipt, BusState, OperatorItem
from payments.services.order_news import find_intent, take_in

_TRIES_BEFORE_OPERATOR = 10
_LONGEST_PAUSE = 3600.0


def retry_waiting(*, limit: int = 200) -> int:
    """Take in what is due, in the order in which it came; return how many found their order."""
    due = BusReceipt.objects.filter(state=BusState.WAITING, next_try_at__lte=clock.now()).order_by("id")
    waiting = list(due.values_list("pk", flat=True)[:limit])
    return sum(db.retry_serialization(functools.partial(_again, receipt_id)) for receipt_id in waiting)


def next_look(tries: int) -> dt.datetime:
    """Say when a message that found no order is looked at again: in seconds at first, in the end every hour."""
    return clock.now() + dt.timedelta(seconds=min(_LONGEST_PAUSE, 2.0 ** min(tries, 12)))


def _again(receipt_id: uuid.UUID) -> bool:
    with db.durable():
        receipt = locks.waiting_bus_receipt(receipt_id, now=clock.now())
        if receipt is None:
            return False
        intent = find_intent(project_id=receipt.project_id, mode=receipt.mode, data=receipt.data)
        if intent is None:
            receipt.tries += 1
            receipt.next_try_at = next_look(receipt.tries)
            if receipt.tries == _TRIES_BEFORE_OPERATOR:
                _ask_operator(receipt)
        else:
            receipt.intent, receipt.state, receipt.next_try_at = intent, BusState.DONE, None
            receipt.outcome = take_in(intent.id, type=receipt.type, data=receipt.data)[:255]
        receipt.save(update_fields=["tries", "next_try_at", "intent", "state", "outcome"])
        return intent is not None


def _ask_operator(receipt: BusReceipt) -> None:
    item = OperatorItem(
        project_id=receipt.project_id,
        kind=ItemKind.UNMATCHED,
        about=f"bus:{receipt.id}",
        next_step="No order here has this id or payment. Look it up in the order system; it is tried again every hour.",
        evidence={"type": receipt.type, "messageId": receipt.message_id, "orderId": str(receipt.order_id or "")},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # open once, by its unique constraint
