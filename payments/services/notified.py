"""Feed a saga the news about its notification."""

from collections.abc import Callable
from uuid import UUID

from payments.domain.machine import Unexpected, decide
from payments.models import Payment, Source
from payments.saga import loader

from .feed_event import feed


def tell_saga(payment_id: UUID, event: str, *, evidence: str, then: Callable[[], None]) -> bool:
    """Feed the event where the payment's state has a way for it; `then` runs in the same transaction.

    A mail is no fact about money: where the saga has gone on meanwhile there is nothing to record, and False is returned.
    Raises what `feed` raises.
    """
    payment = Payment.objects.get(pk=payment_id)
    machine = loader.machine(payment.machine, payment.machine_version)
    if isinstance(decide(machine, payment.state, event), Unexpected):
        return False
    feed(payment_id, event, source=Source.SYSTEM, evidence=evidence, then=lambda fed: then())
    return True
