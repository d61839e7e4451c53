"""Who may do what under `/v1`, and the payment that a path names."""

from rest_framework.request import Request

from paymenthub.kernel.errors import NotFound
from payments.api.views import PAYERS, READERS, caller
from payments.models import Payment, Scope
from payments.selectors.payments import find

STAFF = frozenset({Scope.BACKOFFICE.value})
MAY_READ = READERS | STAFF
MAY_ACT = PAYERS | STAFF


def payment_of(request: Request, payment_id: str) -> Payment:
    """Find the payment of a path, by our id or the provider's. Raises NotFound, Conflict."""
    if len(payment_id) > 255 or not payment_id.isprintable():
        raise NotFound("There is no such payment.", param="paymentId")
    key = caller(request)
    return find(project=key.project, mode=key.mode, wire_id=payment_id)
