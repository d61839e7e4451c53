"""Find the payment that an order system speaks of."""

from paymenthub.kernel import ids
from paymenthub.kernel.errors import Conflict, NotFound
from payments.models import Payment, Project, PspReference


def find(*, project: Project, mode: str, provider: str, wire_id: str) -> Payment:
    """Find a payment by our id (`pay_…`) or by any id its provider gave it, inside one project, mode and provider.

    Raises NotFound for anybody else's, and Conflict where the provider's accounts gave one id to two payments.
    """
    mine = Payment.objects.select_related("project", "provider_account").filter(
        project=project, mode=mode, provider=provider
    )
    ours = ids.parse_public_id(ids.PAYMENT, wire_id)
    if ours is not None:
        payment = mine.filter(pk=ours).first()
        if payment is not None:
            return payment
    references = PspReference.objects.filter(project=project, value=wire_id)
    named = list(mine.filter(pk__in=references.values("payment"))[:2])
    if not named:
        raise NotFound("There is no such payment.", param="paymentId")
    if len(named) > 1:
        raise Conflict("Several payments have this id; ask by the hubPaymentId of one of them.", param="paymentId")
    return named[0]
