"""Who issues, and when: one profile a project. What it says is copied onto each document when that is issued."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoices.domain.numbers import DEFAULT_TEMPLATE, LONGEST
from payments.models import Project

from ._base import Row


class When(models.TextChoices):
    """When an invoice is issued. Credit notes follow every refund of a payment that has an invoice."""

    AT_CAPTURE = "at_capture", _("At final capture")
    ON_REQUEST = "on_request", _("On request")
    NEVER = "never", _("Never")


class Logo(Row):
    """A picture, kept once for all documents that carry it: never changed, by trigger."""

    digest = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=16)
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.type} {self.digest[:12]}"


class IssuerProfile(Row):
    """A project's company data and how it invoices. Without a profile a project has no invoices."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="+")
    when = models.CharField(max_length=16, choices=When, default=When.AT_CAPTURE)
    company = models.CharField(max_length=255, blank=True)
    street = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=32, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=64, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    tax_number = models.CharField(max_length=64, blank=True)
    email = models.CharField(max_length=255, blank=True)
    telephone = models.CharField(max_length=64, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    footer = models.CharField(max_length=1000, blank=True)
    logo = models.ForeignKey(Logo, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=8, default="en")
    prices_include_tax = models.BooleanField(default=True)
    default_vat_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    number_template = models.CharField(max_length=LONGEST, default=DEFAULT_TEMPLATE)
    invoice_series = models.CharField(max_length=9, default="INV", blank=True)
    credit_note_series = models.CharField(max_length=9, default="CN", blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "issuer"
        permissions = [
            ("issue_invoice", "Can issue invoices that are held, and have files made again"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(default_vat_rate=None) | Q(default_vat_rate__gte=0, default_vat_rate__lte=100),
                name="profile_rate_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return self.company or "unnamed"
