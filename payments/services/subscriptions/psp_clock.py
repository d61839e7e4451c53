"""Put a sandbox PSP's clock forward with ours, so that what it charges by itself falls due as well."""

import datetime as dt
import logging
import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import ProviderUnavailable
from payments.attempts.transport import transport
from payments.models import ProviderAccount
from payments.selectors import accounts
from providers import registry
from providers.errors import DriverError
from providers.port import Call
from providers.types import Feature

logger = logging.getLogger(__name__)

_LONGEST_STEP = dt.timedelta(days=300)
_MOST_STEPS = 20


def put_forward(account_id: uuid.UUID, to: dt.datetime) -> None:
    """Put it forward; nothing for a PSP without such a clock. Raises ProviderUnavailable where it did not answer."""
    account = ProviderAccount.objects.get(pk=account_id)
    driver = registry.get(account.provider)
    if Feature.TEST_CLOCK not in driver.features:
        return
    call = Call(
        account=accounts.opened(account),
        transport=transport(),
        idempotency_key=f"ph-clock-{account.id.hex}-{int(to.timestamp())}",
        attempt_reference="",
    )
    db.release_connection()
    reached = clock.now()
    try:
        for _ in range(_MOST_STEPS):
            reached = driver.move_test_clock(call, min(to, reached + _LONGEST_STEP))
            if reached >= to - dt.timedelta(seconds=1):
                return
    except DriverError as error:
        logger.warning("a PSP's test clock was not moved", extra={"cause": type(error).__name__})
        raise ProviderUnavailable("The provider's test clock could not be moved. Try again.") from error
