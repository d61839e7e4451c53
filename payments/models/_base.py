"""What every table shares: keys that grow with time, and the modes."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock, ids


class Mode(models.TextChoices):
    """Test money or real money; never mixed."""

    TEST = "test", _("Test")
    LIVE = "live", _("Live")


class Row(models.Model):
    """A row with a UUIDv7 key, so that keys sort by the time of creation."""

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


def choices_of(words: type[StrEnum]) -> list[tuple[str, Any]]:
    """Make Django's choices of the domain's words; `payments.selectors.code_words` has them for the catalogue."""
    return [(word.value, _(word.value.replace("_", " ").capitalize())) for word in words]
