"""Where the card-testing guard has tripped."""

from django.db import models

from ._base import Mode, Row
from .merchant import Project


class GuardTrip(Row):
    """An address, or a whole project, whose new attempts are held back until `until`. One row each, used again."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guard_trips", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    subject = models.CharField(max_length=64, help_text="The whole project, or an address or IPv6 network.")
    tripped_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    evidence = models.JSONField(default=dict)
    released_by = models.CharField(max_length=128, blank=True)

    class Meta:
        verbose_name = "trip of the card-testing guard"
        verbose_name_plural = "trips of the card-testing guard"
        permissions = [("release_guardtrip", "Can release what the card-testing guard holds back")]
        constraints = [models.UniqueConstraint(fields=["project", "mode", "subject"], name="guard_trip_once")]

    def __str__(self) -> str:
        return self.subject
