"""An issued document: never changed and never deleted, by trigger. Only how its file stands may change."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from invoices.domain.document import DocumentKind
from paymenthub.kernel import clock, ids
from payments.models import Mode, Movement, Payment, Project, Refund

from ._base import Row


class FileState(models.TextChoices):
    """How the PDF stands."""

    DUE = "due", _("To be made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed, tried again")


class Invoice(Row):
    """An invoice or a credit note. Amounts are minor units, positive; `kind` says the direction.

    A payment has one invoice over what was captured. Each refund (`movement`) has a credit note that refers to it; a refund
    that the provider takes back has an invoice that refers to that credit note. `document` is all that stands on it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    movement = models.OneToOneField(Movement, on_delete=models.PROTECT, null=True, related_name="+")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="+")
    refers_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="referring")
    kind = models.CharField(
        max_length=16, choices=[(kind.value, kind.value.replace("_", " ")) for kind in DocumentKind]
    )
    series = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()
    vat = models.BigIntegerField()
    gross = models.BigIntegerField()
    logo_digest = models.CharField(max_length=64, blank=True)
    document = models.JSONField()
    file_token = models.CharField(max_length=64, unique=True)

    # How the file stands: the only columns that may change (see the trigger's migration).
    file_state = models.CharField(max_length=8, choices=FileState, default=FileState.DUE)
    file_tries = models.PositiveIntegerField(default=0)
    file_due_at = models.DateTimeField(default=clock.now, null=True)
    file_error = models.CharField(max_length=255, blank=True)
    pdf_size = models.PositiveIntegerField(null=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    xml_size = models.PositiveIntegerField(null=True)
    xml_sha256 = models.CharField(max_length=64, blank=True)
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment"], condition=Q(movement=None), name="invoice_once_per_payment"),
            models.UniqueConstraint(fields=["project", "mode", "number"], name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["project", "mode", "series", "year", "sequence"], name="invoice_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("vat"), net__gte=0, vat__gte=0, gross__gt=0), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(movement=None, refers_to=None, kind="invoice")
                | Q(movement__isnull=False, refers_to__isnull=False),
                name="invoice_refers_where_it_must",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "mode", "created_at", "id"], name="invoice_by_time"),
            models.Index(fields=["file_due_at"], condition=~Q(file_state="ready"), name="invoice_file_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_id(self) -> str:
        """Our id as the world sees it."""
        return ids.public_id(ids.INVOICE, self.id)

    @property
    def is_ready(self) -> bool:
        """Whether its file is there."""
        return self.file_state == FileState.READY
