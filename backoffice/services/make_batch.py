"""Write down what was chosen and how it was judged: the draft that a confirm page shows."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User

from backoffice.bulk.base import BulkKind, Judged
from backoffice.models import ActionBatch, BatchRow, BatchState, RowState
from paymenthub.kernel import clock, db

DRAFT_HOURS = 12
"""How long a confirm page is good."""
_KEPT = dt.timedelta(hours=2 * DRAFT_HOURS)


def make_batch(kind: BulkKind, judged: Sequence[Judged], *, owner: User) -> ActionBatch:
    """Write a draft with its rows; nothing is done by it."""
    projects: set[UUID] = {row.project_id for row in judged}
    batch = ActionBatch(kind=kind.name, owner=owner, project_id=projects.pop() if len(projects) == 1 else None)
    with db.durable():
        batch.save(force_insert=True)
        BatchRow.objects.bulk_create(
            BatchRow(
                batch=batch,
                number=number,
                target=row.target,
                named=row.named,
                project_id=row.project_id,
                payment_id=row.payment_id,
                amount=0 if row.why_not else row.amount,
                currency=row.currency,
                state=RowState.LEFT_OUT if row.why_not else RowState.WAITING,
                message=row.why_not[:500],
            )
            for number, row in enumerate(judged, start=1)
        )
    return batch


def erase_old_drafts() -> None:
    """Erase confirm pages that were never sent."""
    ActionBatch.objects.filter(state=BatchState.DRAFT, created_at__lt=clock.now() - _KEPT).delete()
