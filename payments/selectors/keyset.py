"""Pages by key: where a page ended is a pair of time and id, so that a deep page costs what the first one does."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page."""

    created_at: dt.datetime
    id: uuid.UUID

    def older(self) -> Q:
        """Match the rows before it. The first comparison alone bounds the index scan; an OR would not."""
        return Q(created_at__lte=self.created_at) & (Q(created_at__lt=self.created_at) | Q(id__lt=self.id))

    def newer(self) -> Q:
        """Match the rows after it."""
        return Q(created_at__gte=self.created_at) & (Q(created_at__gt=self.created_at) | Q(id__gt=self.id))
