"""What every table of this app shares."""

from django.db import models

from paymenthub.kernel import clock, ids


class Row(models.Model):
    """A row with a UUIDv7 key, so that keys sort by the time of creation."""

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True
