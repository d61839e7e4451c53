"""Find refunds."""

import uuid

from django.db.models import Q

from paymenthub.kernel import ids
from paymenthub.kernel.errors import NotFound
from payments.domain.attempt import AttemptKind
from payments.models import Attempt, Project

TRY = "#"
"""Between a batch's id and the number of a further try of one of its rows; no batch's id holds it."""


def find_attempt(*, project: Project, mode: str, refund_id: str) -> Attempt:
    """Find the attempt of a refund by our id (`rf_…`), with refund and payment. Raises NotFound for anybody else's."""
    key = ids.parse_public_id(ids.REFUND, refund_id)
    mine = Attempt.objects.select_related("refund", "payment").filter(
        project=project, payment__mode=mode, kind=AttemptKind.REFUND
    )
    found = mine.filter(refund_id=key).order_by("-created_at").first() if key is not None else None
    if found is None:
        raise NotFound("There is no such refund.", param="refundId")
    return found


def of_batch(payment_ids: list[uuid.UUID], batch_id: str) -> dict[uuid.UUID, list[Attempt]]:
    """Return, by payment, the refund attempts of a batch, oldest first: more than one where earlier ones were not sent."""
    attempts = (
        Attempt.objects.select_related("refund", "payment")
        .filter(
            Q(refund__batch_id=batch_id) | Q(refund__batch_id__startswith=batch_id + TRY),
            payment_id__in=payment_ids,
            kind=AttemptKind.REFUND,
        )
        .order_by("created_at", "id")
    )
    found: dict[uuid.UUID, list[Attempt]] = {}
    for attempt in attempts:
        found.setdefault(attempt.payment_id, []).append(attempt)
    return found
