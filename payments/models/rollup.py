"""The rollups: what each day's payments add up to. Derived from the payments, and made again whenever they change."""

from django.db import models
from django.db.models import Q

from paymenthub.kernel import clock
from payments.domain.rollup import Facet

from ._base import Mode, choices_of
from .merchant import Project


class Rollup(models.Model):
    """What the payments of one project, mode, UTC day (of creation) and currency add up to, by one facet.

    Sums are minor units. `counted` is how many payments (tries, where the facet counts tries); of them `paid` hold money
    now: paid, or refunded in part. `paid_amount` is what was captured of those, `refunded` what went back by whomever.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    facet = models.CharField(max_length=16, choices=choices_of(Facet))
    key = models.CharField(max_length=64)
    word = models.CharField(max_length=64, blank=True)
    counted = models.BigIntegerField()
    paid = models.BigIntegerField(default=0)
    refunds = models.BigIntegerField(default=0, help_text="Payments of which something was refunded.")
    disputes = models.BigIntegerField(default=0, help_text="Payments that were ever charged back.")
    taken = models.BigIntegerField(default=0, help_text="Payments of which something was ever captured.")
    amount = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    paid_amount = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    captured = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    refunded = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    charged_back = models.DecimalField(max_digits=30, decimal_places=0, default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            # Also the order of every question (one facet of one currency over a range of days), and all that is asked for: the
            # table itself lies by day, where the rows of one facet are far apart.
            models.UniqueConstraint(
                fields=["project", "mode", "facet", "currency", "day", "key", "word"],
                include=[
                    "counted",
                    "paid",
                    "refunds",
                    "disputes",
                    "taken",
                    "paid_amount",
                    "captured",
                    "refunded",
                    "charged_back",
                ],
                name="rollup_once",
            )
        ]
        indexes = [models.Index(fields=["project", "day"], name="rollup_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.facet} {self.key}"


class RollupDay(models.Model):
    """One day of one project: when it was last added up. Who adds it up holds this row."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    computed_at = models.DateTimeField(null=True, blank=True)
    is_open = models.BooleanField(default=True, help_text="Whether its payments may still change without a mark.")
    took_ms = models.PositiveIntegerField(default=0)
    found_wrong_at = models.DateTimeField(
        null=True, blank=True, help_text="When the proof last found it wrong; empty once a later proof found it right."
    )

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="rollup_day_once")]
        indexes = [
            models.Index(fields=["project", "day"], condition=Q(is_open=True), name="rollup_day_open"),
            models.Index(
                fields=["found_wrong_at"], condition=Q(found_wrong_at__isnull=False), name="rollup_day_found_wrong"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class RollupMark(models.Model):
    """A payment of an earlier day has changed, so that day must be added up again. Written with the change itself."""

    # Without a constraint: checking one would lock the project's row in the transaction of the payment.
    project = models.ForeignKey(
        Project, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["project", "day"], name="rollup_mark_by_day")]

    def __str__(self) -> str:
        return f"{self.day}"
