"""Operations that a machine sends to a channel of its own: an outside service carries them out and tells how they went."""

from collections.abc import Mapping
from typing import Any

from payments.domain.attempt import PAYING, AttemptState
from payments.domain.deep_merge import deep_merge
from payments.models import Attempt

from . import provider_data

BY_NAME = "fm:"
"""How the batch of a refund begins that an outside service has named."""


class ProviderDataGone(Exception):
    """The command needs its providerData, and that is kept for ten minutes only."""


def is_handed_over(attempt: Attempt) -> bool:
    """Tell whether an attempt is open and nobody here sends it: one that is sent from here is leased while it is open."""
    return attempt.state == AttemptState.OPEN and attempt.lease_until is None


def command_metadata(attempt: Attempt, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of the command for an attempt: which refund it is, and the sealed providerData of a payment.

    For the one call that is made with it, and for nothing that is kept. Raises ProviderDataGone.
    """
    more: dict[str, Any] = {}
    if attempt.refund is not None:
        batch = attempt.refund.batch_id
        name = batch.removeprefix(BY_NAME) if batch.startswith(BY_NAME) else attempt.refund.public_id
        more["refundRequestData"] = {"amount": attempt.amount, "refundId": name}
    if attempt.kind in PAYING:
        data = provider_data.take(attempt.id) if attempt.has_provider_data else {}
        if data is None:
            raise ProviderDataGone(attempt.public_id)
        more["payRequestData"] = {"providerData": data}
    merged: dict[str, Any] = deep_merge(dict(metadata), more)
    return merged
