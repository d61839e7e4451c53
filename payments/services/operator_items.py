"""Put something before an operator, and take it off again once it is right: for what stands above the core."""

import uuid
from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import clock
from payments.domain.attempt import ItemKind
from payments.models import OperatorItem


def raise_item(
    *,
    project_id: uuid.UUID,
    kind: ItemKind,
    about: str,
    next_step: str,
    evidence: Mapping[str, Any],
    payment_id: uuid.UUID | None = None,
) -> None:
    """Make an item in the transaction at hand; the same trouble told twice stays one while it is open."""
    item = OperatorItem(
        project_id=project_id,
        payment_id=payment_id,
        kind=kind,
        about=about[:128],
        next_step=next_step[:500],
        evidence=dict(evidence),
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)


def settle_item(*, project_id: uuid.UUID, kind: ItemKind, about: str, by: str, resolution: str) -> bool:
    """Close the open item about something that is right again; tell whether there was one."""
    still_open = OperatorItem.objects.filter(project_id=project_id, kind=kind, about=about[:128], resolved_at=None)
    return bool(still_open.update(resolved_at=clock.now(), resolved_by=by[:128], resolution=resolution[:500]))
