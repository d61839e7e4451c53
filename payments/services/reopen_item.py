"""Put a resolved operator item back into the queue."""

from collections.abc import Callable

from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import WrongState
from payments.models import OperatorItem


def reopen_item(item: OperatorItem, *, then: Callable[[], None]) -> OperatorItem:
    """Open a resolved item again; who resolved it and how is for `then` to write down, in the same transaction.

    Raises WrongState where it is open, or where the same trouble is open as another item.
    """
    try:
        with db.durable():
            resolved = OperatorItem.objects.filter(pk=item.pk).exclude(resolved_at=None)
            if not resolved.update(resolved_at=None, resolved_by="", resolution="", taken_by="", taken_at=None):
                raise WrongState("This item is open.")
            then()
    except IntegrityError as error:
        if "operator_item_open_once" not in str(error):
            raise
        raise WrongState("The same trouble is open as another item: look at that one.") from error
    item.refresh_from_db()
    return item
