"""The counters that numbers come from."""

from django.db import models

from payments.models import Mode, Project

from ._base import Row


class NumberSeries(Row):
    """The last number of one project, mode, series and year. Changed by `invoices.numbering` only, under its row lock.

    Test money counts apart: it never makes a gap among real documents.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    series = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "series", "year"], name="number_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series}{self.year}: {self.last}"
