"""Ask a provider's own helper call for a payment token: it moves no money."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import NotFound, ProviderError, ProviderUnavailable, UnsupportedOperation
from payments.attempts import breaker, bulkhead
from payments.attempts.transport import transport
from payments.models import Payment
from payments.selectors import accounts
from providers import registry
from providers.errors import DriverError, Unavailable
from providers.port import Call
from providers.types import Operation, UtilityRequest

_NAME = "payment/token"


def tokenize(payment: Payment, *, provider: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the provider answers.

    Raises NotFound, UnsupportedOperation where its driver has no such call, Busy, ProviderUnavailable or ProviderError.
    """
    if not registry.is_enabled(provider):
        raise NotFound(f"There is no provider {provider!r} here.", param="provider")
    driver = registry.get(provider)
    if Operation.UTILITY not in driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} has no tokenization here.")
    account = accounts.for_new_payment(project=payment.project, mode=payment.mode, provider=provider)
    call = Call(
        account=accounts.opened(account),
        transport=transport(),
        idempotency_key=f"ph-{ids.new_uuid().hex}",
        attempt_reference="",
    )
    db.release_connection()
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        try:
            return driver.utility(call, UtilityRequest(_NAME, body))
        except Unavailable:
            raise ProviderUnavailable("The provider could not be reached.") from None
        except DriverError as error:
            raise ProviderError(f"{driver.display_name} gave no token: {error.message}") from None
