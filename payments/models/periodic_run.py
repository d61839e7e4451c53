"""Which periodic runs were taken, so that two beats do no harm."""

from django.db import models

from paymenthub.kernel import clock


class PeriodicRun(models.Model):
    """One time slot of one periodic task: whoever inserts it runs it."""

    task = models.CharField(max_length=64)
    slot = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "slot"], name="periodic_run_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.slot:%Y-%m-%d %H:%M:%S}"
