"""Schedule: a subscription whose later payments its PSP charges by itself."""

from dataclasses import replace

from payments.domain.subscription import RunBy

from .agree import SubscribeCommand
from .start import SubscriptionOutcome, start


def schedule(command: SubscribeCommand) -> SubscriptionOutcome:
    """Have the PSP charge at each interval; raises as `start`."""
    return start(replace(command, run_by=RunBy.PROVIDER))
