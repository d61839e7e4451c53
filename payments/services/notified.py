"""Feed a saga the news about its notification."""

from uuid import UUID

from payments import locks
from payments.domain.machine import Unexpected, decide
from payments.models import Source
from payments.saga import loader
from payments.saga.advance import advance
from payments.saga.change import Change


def tell_saga(payment_id: UUID, event: str, *, evidence: str) -> bool:
    """Feed the event where the payment's state has a way for it; needs a transaction.

    A mail is no fact about money: where the saga has gone on meanwhile, there is nothing to record.
    """
    payment = locks.payment(payment_id)
    machine = loader.machine(payment.machine, payment.machine_version)
    if isinstance(decide(machine, payment.state, event), Unexpected):
        return False
    change = Change(payment, Source.SYSTEM, evidence=evidence)
    advance(change, [event])
    change.save()
    return True
